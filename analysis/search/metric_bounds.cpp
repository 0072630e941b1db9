#include "analysis/search/metric_bounds.hpp"

#include "analysis/limits/scenario_limits.hpp"
#include "analysis/metrics/named_metric.hpp"
#include "analysis/metrics/request_metrics.hpp"

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
  if (whole && price && alone.output_tokens_per_s > 0)
    bounds.best["cost_usd_per_million_output_tokens"] =
        deployment / 3600 / alone.output_tokens_per_s * 1e6;
  return bounds;
}

}  // namespace headroom
