#include "analysis/search/metric_bounds.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "analysis/limits/prefill_backlog.hpp"
#include "analysis/limits/scenario_limits.hpp"
#include "analysis/metrics/named_metric.hpp"
#include "analysis/metrics/request_metrics.hpp"
#include "hwmodels/compute/op_time_model.hpp"

namespace headroom {
namespace {

bool measures_whole_run(const Scenario& scenario) {
  return scenario.measure_after.value == 0 && !scenario.measure_until;
}

// Where no request is faster than alone, no percentile of the run is either.
bool is_bounded_alone(const std::string& metric) {
  return metric.starts_with("ttft_") || metric.starts_with("tpot_") || metric.starts_with("e2e_") ||
         metric == "slo_attainment";
}

// Over the whole run: all that is served over the shortest makespan.
bool is_rate(const std::string& metric) { return metric.ends_with("_per_s"); }

// Under overload the queue is a tighter bound than a request alone.
void tighten_by_backlog(const Scenario& scenario, const LoweredModel& model,
                        const RequestTable& table, const WorkTotals& work,
                        const std::vector<RequestOutcome>& alone, MetricValues& best) {
  const auto roofline = make_op_time_model("roofline", scenario.hardware.gpu);
  const double after_s = scenario.measure_after.value;
  const double until_s =
      scenario.measure_until.value_or(Seconds{std::numeric_limits<double>::infinity()}).value;
  std::vector<bool> counts;
  for (const auto& outcome : alone) {
    const double arrival_s = to_seconds(outcome.arrival).value;
    counts.push_back(outcome.status == RequestStatus::kFinished && arrival_s >= after_s &&
                     arrival_s <= until_s);
  }
  const PrefillBacklog backlog(table, work, work_rates(model, *roofline), counts,
                               scenario.hardware.replicas);
  const std::array<std::pair<const char*, double>, 4> quantiles{
      {{"p50_s", 0.5}, {"p90_s", 0.9}, {"p95_s", 0.95}, {"p99_s", 0.99}}};
  for (const auto& [name, fraction] : quantiles)
    for (const char* latency : {"ttft_", "e2e_"}) {
      double& bound = best[latency + std::string(name)];
      bound = std::max(bound, backlog.ttft_quantile_s(fraction));
    }
  const bool one_slo = scenario.slo && scenario.slo->ttft && scenario.class_slos.empty();
  if (!one_slo || !best.contains("slo_attainment")) return;
  // Those that must be refused miss too, so the share of all is no larger.
  best["slo_attainment"] =
      std::min(best["slo_attainment"], backlog.share_within(scenario.slo->ttft->value));
}

}  // namespace

MetricBounds metric_bounds(const Scenario& scenario) {
  const RequestTable table = scenario.make_requests(scenario.seed);
  MetricBounds bounds;
  bounds.requests = static_cast<std::int64_t>(table.requests.size());
  const auto price = scenario.hardware.price_per_hour;
  const double deployment =
      price ? price->value * static_cast<double>(scenario.hardware.replicas) : 0;
  if (price) bounds.best["price_per_hour"] = deployment;
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  const Limits limits = scenario_limits(scenario, model, table);
  if (limits.work.requests == 0) return bounds;
  bounds.best["makespan_s"] = limits.makespan_s;

  // Which requests a window judges depends on their arrivals; in a closed loop those are the run's.
  const bool whole = measures_whole_run(scenario);
  if (table.max_concurrency > 0 && !whole) return bounds;
  const auto outcomes = alone_outcomes(scenario, model, table, limits.work);
  MetricsInput input;
  input.outcomes = outcomes;
  input.makespan = TimePoint{0} + to_duration(Seconds{limits.makespan_s});
  input.measure_after = scenario.measure_after;
  input.measure_until = scenario.measure_until;
  input.slo_of_class = slo_of_classes(table.classes, scenario.slo, scenario.class_slos);
  const RunMetrics alone = request_metrics(input);
  for (const auto& [name, value] : metric_values(alone))
    if (is_bounded_alone(name) || (whole && is_rate(name))) bounds.best[name] = value;
  if (table.max_concurrency == 0 && !scenario.offload)
    tighten_by_backlog(scenario, model, table, limits.work, outcomes, bounds.best);
  if (whole && price && alone.output_tokens_per_s > 0)
    bounds.best["cost_usd_per_million_output_tokens"] =
        deployment / 3600 / alone.output_tokens_per_s * 1e6;
  return bounds;
}

}  // namespace headroom
