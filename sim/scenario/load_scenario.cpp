#include "sim/scenario/load_scenario.hpp"

#include <algorithm>
#include <filesystem>

#include "sim/config/overrides.hpp"
#include "sim/config/quote.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/offload_section.hpp"
#include "sim/scenario/resolved_text.hpp"
#include "sim/scenario/sections.hpp"
#include "workloads/arrival/workload_config.hpp"
#include "workloads/trace/trace_reader.hpp"

namespace headroom {
namespace {

const std::vector<ShortForm>& short_forms() {
  static const std::vector<ShortForm> forms{
      {"hardware.gpu", "base"},
      {"hardware.node.cpu", "base"},
      {"hardware.node.ssd", "base"},
      {"workload.prompt_tokens", "value", "distribution", "fixed"},
      {"workload.output_tokens", "value", "distribution", "fixed"}};
  return forms;
}

WorkloadConfig read_workload(MapReader& root, Scenario& scenario) {
  MapReader section = root.child("workload");
  if (!root.has("workload")) return {};
  WorkloadConfig workload = workload_from_config(section);
  scenario.make_requests = workload.make_requests;
  if (scenario.serving.enable_prefix_caching)
    if (const auto problem =
            prefix_ids_problem(workload.hash_block_tokens, scenario.serving.block_size)) {
      MapReader serving = root.section("serving");
      serving.error("block_size", *problem);
    }
  if (workload.classes.empty()) return workload;
  for (const auto& wanted : scenario.class_slos) {
    if (std::find(workload.classes.begin(), workload.classes.end(), wanted.request_class) !=
        workload.classes.end())
      continue;
    root.diagnostics().error(wanted.where,
                             quote("slo.classes." + wanted.request_class) +
                                 " is no class of the workload" +
                                 suggest(wanted.request_class, workload.classes, "classes"));
  }
  return workload;
}

// Rules between sections, once each of them is right by itself.
void check_capacity(MapReader& root, const Scenario& scenario) {
  if (scenario.offload) return check_offload_capacity(root, scenario);
  MapReader serving = root.section("serving");
  const KvCapacity capacity = kv_capacity(scenario, !serving.has("max_model_len"));
  if (!capacity.problem.empty()) root.section("hardware").error("gpu", capacity.problem);
}

std::string joined_messages(const std::vector<Diagnostic>& diagnostics) {
  std::string text;
  for (const auto& diagnostic : diagnostics)
    text += (text.empty() ? "" : "; ") + diagnostic.message;
  return text;
}

std::string default_name(const std::string& file) {
  return std::filesystem::path(file).stem().string();
}

Scenario read_scenario(const Node& document, const std::string& file, bool unfit_is_error,
                       ReadContext& context) {
  MapReader root(document, "", context);
  Scenario scenario;
  scenario.name = root.text("name", {default_name(file), "the file's name"});
  const auto model = read_model_section(root);
  std::optional<NodeSpec> node;
  const auto hardware = read_hardware_section(root, &node);
  const GpuSpec* gpu = hardware ? &hardware->gpu : nullptr;
  scenario.dtype = read_dtype_section(root);
  scenario.cost_model = read_cost_model(root);
  const ModelSpec* spec = model ? &*model : nullptr;
  scenario.parallelism =
      read_parallelism_section(root, TensorParallel::kWithinNode, spec, node ? &*node : nullptr);
  scenario.offload = read_offload(root, node, scenario.dtype);
  const auto defaults = serving_defaults(scenario, spec, gpu);
  scenario.serving = read_serving_section(root, gpu, spec, defaults ? &*defaults : nullptr);
  read_slo_section(root, scenario);
  const WorkloadConfig workload = read_workload(root, scenario);
  read_measure_section(root, scenario);
  scenario.record = read_record_section(root);
  scenario.seed = static_cast<std::uint64_t>(root.count("seed", {}, 1));
  root.finish();
  if (model) scenario.model = *model;
  if (hardware) scenario.hardware = *hardware;
  context.diagnostics.throw_if_any();
  know_workload(workload, scenario);
  check_capacity(root, scenario);
  try {
    context.diagnostics.throw_if_any();
  } catch (const ConfigError& error) {
    if (unfit_is_error) throw;
    scenario.unfit = joined_messages(error.diagnostics());
    return scenario;
  }
  resolve_admission_rate(workload, scenario, context.keys);
  scenario.make_batch_policy = batch_policy_factory(scenario.serving);
  scenario.make_router = router_factory(scenario.serving.router, scenario.seed);
  return scenario;
}

}  // namespace

void apply_to_document(const std::vector<std::string>& overrides, Node& document,
                       Diagnostics& diagnostics) {
  apply_overrides(document, overrides, short_forms(), diagnostics);
  expand_short_forms(document, short_forms());
}

Scenario load_scenario_document(Node document, const std::string& file,
                                const LoadOptions& options) {
  ReadContext context;
  context.base_directory = options.base_directory;
  context.may_read_files = options.may_read_files;
  apply_to_document(options.overrides, document, context.diagnostics);
  Scenario scenario = read_scenario(document, file, options.unfit_is_error, context);
  for (const auto& input : context.files) scenario.input_files.push_back(input.resolved);
  scenario.keys = std::move(context.keys);
  scenario.text = resolved_text(scenario.keys);
  return scenario;
}

Scenario load_scenario_text(std::string_view text, const std::string& file,
                            const LoadOptions& options) {
  return load_scenario_document(parse_config(text, file), file, options);
}

Scenario load_scenario(const std::string& path, const std::vector<std::string>& overrides) {
  LoadOptions options{overrides, std::filesystem::path(path).parent_path().string()};
  return load_scenario_text(read_config_file(path), path, options);
}

SystemConfig load_system(const std::vector<std::string>& settings) {
  ReadContext context;
  Node document = parse_config("{}", "");
  apply_to_document(settings, document, context.diagnostics);
  MapReader root(document, "", context);
  const auto model = read_model_section(root);
  const auto hardware = read_hardware_section(root);
  SystemConfig system;
  system.dtype = read_dtype_section(root);
  system.cost_model = read_cost_model(root);
  system.parallelism =
      read_parallelism_section(root, TensorParallel::kAnySize, model ? &*model : nullptr);
  root.finish();
  context.diagnostics.throw_if_any();
  system.model = *model;
  system.hardware = *hardware;
  system.keys = std::move(context.keys);
  return system;
}

}  // namespace headroom
