#include "sim/config/quote.hpp"
#include "sim/scenario/sections.hpp"
#include "workloads/models/catalog.hpp"
#include "workloads/models/model_config.hpp"

namespace headroom {
namespace {

bool is_path(const std::string& name) { return name.ends_with(".json"); }

// Weights stored narrower must not be priced as the default type without a word.
void require_weights_type(MapReader& root, const ModelSpec& model) {
  if (!model.quantization) return;
  const Node* dtype = root.has("dtype") ? root.node("dtype") : nullptr;
  const Node* weights = dtype != nullptr ? dtype->find("weights") : nullptr;
  if (weights != nullptr && !weights->is_null()) return;
  const auto& [method, key, where] = *model.quantization;
  root.diagnostics().error(
      where, quote(key) + " stores the weights " +
                 (method.empty() ? "in another format" : "as " + quote(method)) +
                 "; say how to price them: set dtype.weights (bf16, fp8, int4, mxfp4, ...)");
}

std::optional<ModelSpec> read_config_json(MapReader& root) {
  const FilePath path = root.file("model");
  if (root.context().files.empty() || root.context().files.back().as_written != path.as_written)
    return std::nullopt;
  try {
    // Positions in it name the file as the user wrote it.
    const std::string json = read_config_file(path.resolved, root.where("model"));
    ModelSpec model = read_model_config_text(json, path.as_written, path.as_written);
    require_weights_type(root, model);
    return model;
  } catch (const ConfigError& error) {
    root.diagnostics().add(error.diagnostics());
    return std::nullopt;
  }
}

}  // namespace

std::optional<ModelSpec> read_model_section(MapReader& root) {
  const Node* given = root.node("model");
  if (given == nullptr || !given->is_scalar()) {
    root.text("model");  // says what is wrong
    return std::nullopt;
  }
  if (is_path(given->text)) return read_config_json(root);
  const ModelSpec* known = find_model(given->text);
  if (known == nullptr) {
    root.error("model", "is neither a model of the catalogue nor the path of a config.json: '" +
                            given->text + "'" + suggest(given->text, model_names(), "names"));
    return std::nullopt;
  }
  root.record("model", known->name, root.origin("model"));
  return *known;
}

}  // namespace headroom
