#include "sim/app/run_scenario.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "analysis/limits/limits.hpp"
#include "analysis/limits/offload_limits.hpp"
#include "analysis/metrics/histogram_metrics.hpp"
#include "analysis/metrics/overload.hpp"
#include "analysis/metrics/price_metrics.hpp"
#include "analysis/metrics/request_metrics.hpp"
#include "analysis/metrics/request_rows.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/app/host_facts.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/run_rows.hpp"
#include "sim/app/version.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/platform/platform.hpp"
#include "sim/runtime/offload_nodes.hpp"
#include "sim/runtime/serving_simulation.hpp"
#include "sim/runtime/table_workload.hpp"
#include "sim/scenario/identity.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/offload_capacity.hpp"
#include "sim/scenario/resolved_text.hpp"

namespace headroom {
namespace {

// The machines of a scenario that has a `system`; null for any other.
std::unique_ptr<OffloadNodes> make_nodes(const Scenario& scenario, const LoweredModel& model,
                                         const OpTimeModel& times, const RequestTable& table,
                                         const PassRunnerOptions& options) {
  if (!scenario.offload) return nullptr;
  const WorkloadFacts facts = workload_facts(table);
  const SystemContext context{
      .model = model,
      .node = scenario.offload->node,
      .seed = scenario.seed,
      .max_sequences = std::min(scenario.serving.max_num_seqs, facts.requests),
      .max_prompt_tokens = facts.max_prompt_tokens,
      .max_output_tokens = facts.max_output_tokens};
  return std::make_unique<OffloadNodes>(scenario.offload->system, context, times,
                                        scenario.hardware.replicas, options);
}

ServingSetup make_setup(const Scenario& scenario, const LoweredModel& model,
                        const OpTimeModel& times, const OpTimeModel& roofline,
                        const RequestTable& table, OffloadNodes* nodes, RecordMode mode) {
  const bool series = mode == RecordMode::kRequests && scenario.record.resource_bin.value > 0;
  return {.model = model,
          .op_times = times,
          .roofline = roofline,
          .gpu = scenario.hardware.gpu,
          .serving = scenario.serving,
          .replicas = scenario.hardware.replicas,
          .kv_blocks = scenario.offload ? offload_capacity(scenario).kv_blocks
                                        : kv_capacity(scenario).usable_blocks,
          .max_model_len = scenario.serving.max_model_len,
          .make_batch_policy = scenario.make_batch_policy,
          .make_router = scenario.make_router,
          .identities = {table.hash_ids, table.hash_block_tokens},
          .measure_after = TimePoint{0} + to_duration(scenario.measure_after),
          .measure_until = scenario.measure_until
                               ? TimePoint{0} + to_duration(*scenario.measure_until)
                               : TimePoint{std::numeric_limits<std::int64_t>::max()},
          .resource_bin = series ? to_duration(scenario.record.resource_bin) : Duration{0},
          .record_iterations = mode == RecordMode::kRequests && scenario.record.iterations,
          .max_iterations = scenario.record.max_iterations,
          .pass_runners = nodes == nullptr ? std::vector<PassRunner*>{} : nodes->pass_runners()};
}

Limits limits_of(const Scenario& scenario, const LoweredModel& model, const RequestTable& table,
                 const ServingSetup& setup) {
  const LimitsInput input{.model = model,
                          .gpu = scenario.hardware.gpu,
                          .serving = scenario.serving,
                          .table = table,
                          .replicas = setup.replicas,
                          .kv_blocks = setup.kv_blocks,
                          .max_model_len = setup.max_model_len};
  if (!scenario.offload) return compute_limits(input);
  return compute_offload_limits({input, scenario.offload->node, scenario.offload->system});
}

RunMetrics make_metrics(const Scenario& scenario, const RunResult& result, const Limits& limits,
                        std::vector<std::optional<Slo>> slos) {
  RunMetrics metrics = request_metrics({.outcomes = result.outcomes,
                                        .itl = &result.itl,
                                        .makespan = TimePoint{result.makespan.value},
                                        .measure_after = scenario.measure_after,
                                        .measure_until = scenario.measure_until,
                                        .slo_of_class = std::move(slos)});
  std::int64_t queried = 0, hit = 0;
  for (const auto& replica : result.replicas) {
    metrics.iterations += replica.iterations;
    metrics.kv_blocks = replica.kv_blocks;
    metrics.kv_peak_blocks = std::max(metrics.kv_peak_blocks, replica.kv_peak_blocks);
    queried += replica.prefix_queried_tokens;
    hit += replica.prefix_hit_tokens;
  }
  if (queried > 0)
    metrics.prefix_hit_rate = static_cast<double>(hit) / static_cast<double>(queried);
  metrics.binding_resource = limits.binding_resource;
  metrics.attained_fraction = attained_fraction(limits, metrics.makespan_s, metrics.iterations);
  if (const auto price = scenario.hardware.price_per_hour)
    set_price(metrics, *price * static_cast<double>(scenario.hardware.replicas));
  return metrics;
}

// "1 request was", "2 requests were".
std::string counted(std::int64_t n, const char* one, const char* many) {
  return human_count(n) + ' ' + (n == 1 ? one : many);
}

// What a reader of the metrics has to know.
std::vector<std::string> make_warnings(const RequestTable& table, const RunResult& result,
                                       const RunMetrics& metrics) {
  std::vector<std::string> warnings;
  if (table.max_concurrency == 0)
    if (auto warning = overload_warning(result.outcomes)) warnings.push_back(std::move(*warning));
  if (metrics.rejected > 0) {
    const auto first =
        std::find_if(result.outcomes.begin(), result.outcomes.end(),
                     [](const RequestOutcome& o) { return o.status == RequestStatus::kRejected; });
    warnings.push_back(counted(metrics.rejected, "request was", "requests were") +
                       " rejected, the first because: " + name_of(first->reason));
  }
  if (table.skipped_rows > 0)
    warnings.push_back(counted(table.skipped_rows, "broken row", "broken rows") +
                       " of the trace skipped (on_bad_row: skip)");
  if (table.failed_rows > 0)
    warnings.push_back(counted(table.failed_rows, "row", "rows") +
                       " of the trace not replayed: failures of the traced service");
  if (result.length_capped > 0)
    warnings.push_back(counted(result.length_capped, "request was", "requests were") +
                       " cut short at serving.max_model_len");
  if (result.iterations_dropped > 0)
    warnings.push_back(counted(result.iterations_dropped, "iteration", "iterations") +
                       " beyond record.max_iterations not recorded");
  if (metrics.measured_requests == 0 && metrics.completed > 0)
    warnings.push_back(
        "no completed request arrived in the measuring window: there are no latencies");
  return warnings;
}

RunIdentity identity_of(const Scenario& scenario) {
  return {.name = scenario.name,
          .scenario_text = resolved_text_with_origins(scenario.keys),
          .scenario_hash = scenario_hash(scenario),
          .seed = static_cast<std::int64_t>(scenario.seed),
          .code_version = std::string(code_version())};
}

}  // namespace

CompletedRun run_scenario(const Scenario& scenario, const RunControl& control) {
  const auto started = std::chrono::system_clock::now();
  const auto clock_start = Progress::Clock::now();
  RequestTable table = scenario.make_requests(scenario.seed);
  stop_if_interrupted();
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  const auto times = make_op_time_model(scenario.cost_model, scenario.hardware.gpu);
  const auto roofline = make_op_time_model("roofline", scenario.hardware.gpu);
  const auto nodes = make_nodes(scenario, model, *times, table, control.passes);
  const ServingSetup setup =
      make_setup(scenario, model, *times, *roofline, table, nodes.get(), control.mode);
  const Limits limits = limits_of(scenario, model, table, setup);
  auto slos = slo_of_classes(table.classes, scenario.slo, scenario.class_slos);

  // The process's SimGrid kernel is where the passes of nodes run.
  const auto kernel = nodes ? make_private_kernel() : make_simgrid_kernel(Platform{});
  TableWorkload workload(table);
  RunResult result;
  {
    Progress progress(static_cast<std::int64_t>(table.requests.size()), clock_start,
                      control.time_limit, control.show_progress);
    const RunOptions options{
        .critical_sequence = limits.work.longest_request,
        .avoidable_tokens = limits.work.avoidable_tokens,
        .on_progress = [&](std::int64_t ended, TimePoint now) { progress.update(ended, now); },
        .observer = control.observer};
    try {
      result = simulate(setup, workload, *kernel, options);
    } catch (const DeadlockError& error) {
      throw Unfinished(std::string("error: the scenario deadlocked: ") + error.what() +
                       "; nothing was recorded");
    }
  }

  CompletedRun run;
  run.identity = identity_of(scenario);
  run.slos = slo_rows(table.classes, slos);
  run.metrics = make_metrics(scenario, result, limits, std::move(slos));
  run.warnings = make_warnings(table, result, run.metrics);
  run.limits = limits.rows;
  const std::int64_t gpus = scenario.offload ? scenario.parallelism.tensor : 1;
  run.ledger = ledger_rows(result, scenario.offload ? "gpu" : limits.hardware_bound, gpus);
  run.histogram = histogram_rows(result.itl, "itl");
  run.links = link_totals(result);
  run.resource_totals = resource_totals(result, scenario, setup.pass_runners, run.links, gpus);
  run.cache_stats = cache_rows(result);
  run.resource_use = resource_rows(result, scenario);
  run.iterations = std::move(result.iterations);
  run.classes = std::move(table.classes);
  if (control.mode == RecordMode::kRequests && scenario.record.requests)
    run.outcomes = std::move(result.outcomes);
  run.host = host_facts(started);
  stop_if_interrupted();
  return run;
}

}  // namespace headroom
