#include "sim/sweep/load_sweep.hpp"

#include <filesystem>
#include <utility>

#include "sim/config/map_reader.hpp"
#include "sim/config/quote.hpp"
#include "sim/scenario/identity.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "sim/sweep/axes_section.hpp"
#include "sim/sweep/document_text.hpp"
#include "sim/sweep/placed_errors.hpp"
#include "sim/sweep/point_product.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostSeeds = 10'000;

std::string stem_of(const std::string& file) { return std::filesystem::path(file).stem().string(); }

Node scalar(std::string text, const SourcePosition& where) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.quoted = true;
  node.text = std::move(text);
  node.where = where;
  return node;
}

NodeEntry entry(std::string key, Node value) {
  NodeEntry made;
  made.key = std::move(key);
  made.where = value.where;
  made.value = std::move(value);
  return made;
}

// `base:` or `scenario:`, as a document with its positions.
SweepBase read_base(MapReader& root, SweepPlan& plan) {
  SweepBase base;
  std::string name = plan.name;
  if (root.has("base") == root.has("scenario")) {
    root.error("base", root.has("base") ? "and 'scenario' exclude each other"
                                        : "is needed: a scenario file, or the scenario itself "
                                          "below 'scenario:'");
    root.node("base");
    root.node("scenario");
    return base;
  }
  if (root.has("base")) {
    const FilePath path = root.file("base");
    plan.base_path = path.as_written;
    base.file = path.resolved;
    base.base_directory = std::filesystem::path(path.resolved).parent_path().string();
    name = stem_of(path.as_written);
    if (root.diagnostics().empty())
      base.document = parse_config(read_config_file(path.resolved), path.resolved);
  } else {
    base.document = *root.node("scenario");
    base.file = plan.file;
    base.base_directory = root.context().base_directory;
  }
  // Written out, because a scenario without a name is called after its file.
  if (base.document.is_map() && base.document.find("name") == nullptr)
    base.document.entries.insert(base.document.entries.begin(),
                                 entry("name", scalar(name, root.where())));
  return base;
}

// `set:` as overrides.
std::vector<std::string> read_changes(MapReader& root, PlacedErrors& places) {
  std::vector<std::string> changes;
  const Node* section = root.node("set");
  if (section == nullptr) return changes;
  if (!section->is_map()) root.error("set", "must be a map of scenario keys");
  for (const auto& [key, where, value] : section->entries) {
    changes.push_back(setting_text(key, value));
    places.add(changes.back(), value.where);
  }
  return changes;
}

std::vector<Constraint> read_constraints(MapReader& root) {
  std::vector<Constraint> constraints;
  const Node* section = root.node("constraints");
  if (section == nullptr) return constraints;
  const std::vector<Node> alone{*section};
  for (const auto& item : section->is_list() ? section->items : alone) {
    if (!item.is_scalar()) {
      root.diagnostics().error(item.where,
                               "a constraint is a text, such as \"serving.max_num_seqs <= 512\"");
      continue;
    }
    try {
      constraints.push_back({item.text, item.where, Expression::parse(item.text)});
    } catch (const UserError& error) {
      root.diagnostics().error(item.where,
                               "the constraint " + quote(item.text) + ": " + error.what());
    }
  }
  return constraints;
}

std::optional<SampleRequest> read_sample(MapReader& root) {
  auto section = root.optional_child("sample");
  if (!section) return std::nullopt;
  SampleRequest sample;
  sample.points = section->count("points", {.low = 1, .high = kMostSweepPoints});
  sample.seed = static_cast<std::uint64_t>(section->count("seed", {}, 1));
  sample.where = section->where();
  section->finish();
  return sample;
}

// What the points of the sweep follow from, in the order of the schema.
std::string canonical_text(const SweepPlan& plan, const Node& document) {
  Node kept;
  kept.kind = Node::Kind::kMap;
  kept.entries.push_back(entry("name", scalar(plan.name, {})));
  if (!plan.base_path.empty()) kept.entries.push_back(entry("base", scalar(plan.base_path, {})));
  for (const char* key : {"axes", "constraints", "seeds", "sample"})
    if (const Node* value = document.find(key)) kept.entries.push_back(entry(key, *value));
  return block_text(kept);
}

std::int64_t identity(const char* kind, const std::string& text) {
  return static_cast<std::int64_t>(scenario_hash(std::string(kind) + '\n' + text, {}));
}

// The seed of the base, whose scenario need not be complete: axes may set what it lacks.
std::int64_t first_seed(const Node& base, Diagnostics& diagnostics) {
  const Node* seed = base.find("seed");
  if (seed == nullptr || seed->is_null()) return 1;
  const auto value = seed->is_scalar() ? parse_integer(seed->text) : std::nullopt;
  if (value && *value >= 0) return *value;
  diagnostics.error(seed->where, "'seed' must be a whole number from 0 up");
  return 1;
}

SweepPlan read_plan(const Node& document, const std::string& file, ReadContext& context,
                    const std::vector<std::string>& overrides) {
  MapReader root(document, "", context);
  SweepPlan plan;
  plan.file = file;
  plan.name = root.text("name", {stem_of(file), "the file's name"});
  plan.base = read_base(root, plan);
  PlacedErrors places;
  auto changes = read_changes(root, places);
  changes.insert(changes.end(), overrides.begin(), overrides.end());
  plan.axes = read_axes(root);
  plan.constraints = read_constraints(root);
  plan.seeds = root.count("seeds", {.low = 1, .high = kMostSeeds}, 1);
  const auto sample = read_sample(root);
  plan.time_limit = root.optional_seconds("time_limit", kPositive);
  if (const Node* search = root.node("search")) plan.search = *search;
  root.finish();
  context.diagnostics.throw_if_any();

  Diagnostics changing;
  apply_to_document(changes, plan.base.document, changing);
  places.throw_if_any(changing);
  plan.base.text = block_text(plan.base.document);
  plan.base.scenario_id = identity("base of a sweep", plan.base.text);
  plan.text = canonical_text(plan, document);
  plan.sweep_id = identity("sweep", std::to_string(plan.base.scenario_id) + '\n' + plan.text);
  const std::int64_t seed = first_seed(plan.base.document, context.diagnostics);
  Product product = make_product({.axes = plan.axes,
                                  .constraints = plan.constraints,
                                  .base = plan.base.document,
                                  .seeds = plan.seeds,
                                  .first_seed = seed,
                                  .sample = sample},
                                 context.diagnostics);
  context.diagnostics.throw_if_any();
  plan.points = std::move(product.points);
  plan.excluded = product.excluded;
  return plan;
}

}  // namespace

SweepPlan load_sweep_text(std::string_view text, const std::string& file,
                          const std::string& base_directory,
                          const std::vector<std::string>& overrides) {
  ReadContext context;
  context.base_directory = base_directory;
  return read_plan(parse_config(text, file), file, context, overrides);
}

SweepPlan load_sweep(const std::string& path, const std::vector<std::string>& overrides) {
  return load_sweep_text(read_config_file(path), path,
                         std::filesystem::path(path).parent_path().string(), overrides);
}

}  // namespace headroom
