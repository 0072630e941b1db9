#include "sim/scenario/offload_section.hpp"

#include <algorithm>
#include <cmath>

#include "policies/execution/execution_system.hpp"
#include "policies/execution/system_traits.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kFactRequests = 1'000'000;
constexpr std::int64_t kWholeBatch = 1'000'000'000;  // tokens: no pass has more

// A block of micro-batches holds so many sequences and no more.
void check_batch(MapReader& root, const Scenario& scenario) {
  const auto& system = scenario.offload->system;
  if (system.micro_batch_size == 0) return;
  const std::int64_t most = system.micro_batch_size * system.num_micro_batches;
  if (scenario.serving.max_num_seqs > most)
    root.section("serving").error(
        "max_num_seqs", "is " + std::to_string(scenario.serving.max_num_seqs) + ", more than the " +
                            std::to_string(most) +
                            " sequences of system.micro_batch_size x system.num_micro_batches");
}

// What the system itself refuses, such as a model without experts.
void check_system(MapReader& root, const Scenario& scenario, const LoweredModel& model) {
  const auto& setup = *scenario.offload;
  const SystemContext context{
      .model = model,
      .node = setup.node,
      .seed = scenario.seed,
      .max_sequences = std::min(scenario.serving.max_num_seqs, setup.workload.requests),
      .max_prompt_tokens = setup.workload.max_prompt_tokens,
      .max_output_tokens = setup.workload.max_output_tokens};
  try {
    make_execution_system(setup.system, context);
  } catch (const ConfigError&) {
    throw;  // has a position of its own: a routing trace
  } catch (const UserError& error) {
    root.section("system").error("name", std::string("cannot work here: ") + error.what());
  }
}

}  // namespace

std::optional<OffloadSetup> read_offload(MapReader& root, const std::optional<NodeSpec>& node,
                                         const DataTypes& dtype) {
  if (!root.has("system")) {
    root.node("system");
    if (node)
      root.section("hardware")
          .error("node",
                 "is only used by a 'system', and there is none; choose one (system: {name: ...})");
    return std::nullopt;
  }
  if (!node) root.error("system", "needs 'hardware.node': the memories and links that it uses");
  const auto system = read_system_section(root, dtype, node ? &*node : nullptr);
  if (!system || !node) return std::nullopt;
  return OffloadSetup{*node, *system, {}};
}

std::optional<ServingDefaults> serving_defaults(const Scenario& scenario, const ModelSpec* model,
                                                const GpuSpec* gpu) {
  if (!scenario.offload) return std::nullopt;
  const auto& [node, system, workload] = *scenario.offload;
  const SystemTraits& traits = *find_system_traits(system.name);
  ServingDefaults defaults;
  defaults.origin = "system " + system.name;
  defaults.scheduler = traits.scheduler;
  using Count = Default<std::int64_t>;
  if (system.micro_batch_size > 0)
    defaults.max_num_seqs =
        Count{std::min(kWholeBatch, system.micro_batch_size * system.num_micro_batches),
              "micro_batch_size x num_micro_batches"};
  if (traits.scheduler == "static_batch")
    defaults.max_num_batched_tokens = Count{kWholeBatch, "whole batches in one pass"};
  // What is wrong with a GPU or a link has been reported: without a rate there is no such point.
  const bool has_rates = gpu != nullptr && gpu->bf16.value > 0 && node.pcie.bandwidth.value > 0;
  if (traits.saturates_gpu && model != nullptr && has_rates) {
    const double tokens = saturation_tokens(*model, scenario.dtype, *gpu, node.pcie.bandwidth);
    const auto budget = static_cast<std::int64_t>(std::clamp(std::ceil(tokens), 1.0, 1e9));
    defaults.max_num_batched_tokens =
        Count{budget,
              "GPU saturation point (MoE-Lens eq. 2): GPU rate / PCIe bandwidth x experts / "
              "chosen experts"};
    defaults.max_num_seqs = Count{budget, "a decode for every token of the budget"};
  }
  return defaults;
}

void know_workload(const WorkloadConfig& workload, Scenario& scenario) {
  if (!scenario.offload) return;
  scenario.offload->workload =
      workload_facts(workload.make_first_requests(scenario.seed, kFactRequests));
}

void check_offload_capacity(MapReader& root, const Scenario& scenario) {
  check_batch(root, scenario);
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  check_system(root, scenario, model);
  const TierDemand demand = tier_demand(tier_demand_input(scenario, model));
  for (const auto& problem : demand.problems) {
    // "hardware.node.dram" is 'dram' of the reader of "hardware.node".
    MapReader at = root.section("hardware");
    std::string key = problem.key;
    if (key.starts_with("system.")) at = root.section("system");
    if (key.starts_with("hardware.node.")) at = at.section("node");
    key.erase(0, key.rfind('.') + 1);
    at.error(key, problem.text);
  }
}

void resolve_admission_rate(const WorkloadConfig& workload, Scenario& scenario,
                            std::vector<ResolvedKey>& keys) {
  auto& serving = scenario.serving;
  if (serving.scheduler != "paced" || serving.admission_rate > 0) return;
  const std::int64_t tokens =
      scenario.offload ? offload_capacity(scenario).kv_tokens : kv_capacity(scenario).tokens;
  serving.admission_rate = steady_admission_rate(
      tokens, serving.block_size, workload.make_first_requests(scenario.seed, kFactRequests));
  // Where it stands when it is given: the key read before `serving.router`.
  const auto router = std::find_if(
      keys.begin(), keys.end(), [](const ResolvedKey& key) { return key.key == "serving.router"; });
  keys.insert(
      router,
      {"serving.admission_rate", format_quantity(serving.admission_rate, Dimension::kNone),
       "KV capacity of " + std::to_string(tokens) + " tokens / sum of a sequence's lengths"});
}

}  // namespace headroom
