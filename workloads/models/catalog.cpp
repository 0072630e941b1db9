#include "workloads/models/catalog.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>

#include "sim/base/check.hpp"
#include "sim/config/map_reader.hpp"
#include "workloads/models/embedded_models.hpp"
#include "workloads/models/model_config.hpp"

namespace headroom {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

std::string_view embedded(std::string_view path) {
  for (const auto& file : embedded_model_files())
    if (file.path == path) return file.text;
  HEADROOM_CHECK(false, "the catalogue has a file ", path);
  return "";
}

CatalogModel read_entry(MapReader entry, const std::string& name) {
  CatalogModel model;
  model.name = name;
  model.hf_id = entry.text("hf_id", {""});
  for (const Node* alias : entry.list("aliases")) model.aliases.push_back(alias->text);
  model.shape_source = entry.text("shape_source");
  model.params_source = entry.text("params_source", {""});
  model.confidence = entry.choice("confidence", {"high", "medium", "low"});
  model.note = entry.text("note", {""});
  model.spec.published_params = entry.optional_number("published_params", kPositive);
  model.spec.published_active_params = entry.optional_number("published_active_params", kPositive);
  entry.finish();
  return model;
}

// The index is parsed on first use, a model's shape when it is asked for: a run needs one of them.
class Catalog {
 public:
  Catalog() {
    ReadContext context;
    const Node root = parse_config(embedded("catalogue.yaml"), "catalogue.yaml");
    MapReader reader(root, "", context);
    for (const auto& name : reader.keys_present()) {
      models_.push_back({read_entry(reader.child(name), name), false});
      const std::size_t index = models_.size() - 1;
      const CatalogModel& model = models_.back().model;
      add_name(name, index);
      if (!model.hf_id.empty()) add_name(model.hf_id, index);
      for (const auto& alias : model.aliases) add_name(alias, index);
    }
    context.diagnostics.throw_if_any();
  }

  const CatalogModel* find(std::string_view name) {
    const auto found = index_.find(lower(name));
    if (found == index_.end()) return nullptr;
    Slot& slot = models_[found->second];
    if (!slot.has_shape) {
      const std::string path = "configs/" + slot.model.name + ".json";
      const auto facts = slot.model.spec;
      slot.model.spec = read_model_config_text(embedded(path), path, slot.model.name);
      slot.model.spec.published_params = facts.published_params;
      slot.model.spec.published_active_params = facts.published_active_params;
      slot.has_shape = true;
    }
    return &slot.model;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& slot : models_) names.push_back(slot.model.name);
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  struct Slot {
    CatalogModel model;
    bool has_shape;
  };
  void add_name(std::string_view name, std::size_t index) {
    const bool is_new = index_.emplace(lower(name), index).second;
    HEADROOM_CHECK(is_new, "every name in the catalogue means one model, '", name,
                   "' is there twice");
  }
  std::vector<Slot> models_;  // never grows after construction: pointers into it stay valid
  std::map<std::string, std::size_t> index_;
};

Catalog& catalog() {
  static Catalog instance;
  return instance;
}

bool looks_like_path(const std::string& text) {
  return text.ends_with(".json") || text.starts_with("/") || text.starts_with("./") ||
         text.starts_with("../") || text.starts_with("${");
}

}  // namespace

const CatalogModel* find_catalog_model(std::string_view name) { return catalog().find(name); }

const ModelSpec* find_model(std::string_view name) {
  const CatalogModel* model = catalog().find(name);
  return model == nullptr ? nullptr : &model->spec;
}

std::vector<std::string> model_names() { return catalog().names(); }

ModelSpec load_model(const std::string& name_or_path, const std::string& resolved_path,
                     const SourcePosition& asked_at) {
  if (const ModelSpec* known = find_model(name_or_path)) return *known;
  const std::string path = resolved_path.empty() ? name_or_path : resolved_path;
  std::error_code ignored;
  if (!looks_like_path(name_or_path) && !std::filesystem::is_regular_file(path, ignored))
    throw ConfigError(asked_at, "unknown model '" + name_or_path.substr(0, 80) +
                                    "', and no such file" +
                                    suggest(lower(name_or_path), model_names(), "models"));
  return read_model_config_text(read_config_file(path, asked_at), name_or_path, name_or_path);
}

}  // namespace headroom
