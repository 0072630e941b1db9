#include <utility>
#include <vector>

#include "analysis/metrics/seed_means.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/run_report.hpp"
#include "sim/record/metric_columns.hpp"

namespace headroom {
namespace {

std::string section_of(const std::string& metric) {
  static const std::vector<std::pair<std::string, std::string>> kPrefixes{
      {"ttft_", "latency"},
      {"tpot_", "latency"},
      {"itl_", "latency"},
      {"e2e_", "latency"},
      {"queueing_", "latency"},
      {"slo_", "slo"},
      {"goodput_", "slo"},
      {"kv_", "kv"},
      {"prefix_", "kv"},
      {"binding_", "limit"},
      {"attained_", "limit"},
      {"requests_per_s", "throughput"},
      {"output_tokens_per_s", "throughput"},
      {"total_tokens_per_s", "throughput"}};
  for (const auto& [prefix, section] : kPrefixes)
    if (metric.starts_with(prefix)) return section;
  return "run";
}

std::string unit_of(const std::string& metric) {
  if (metric.ends_with("_per_s")) return "1/s";
  return metric.ends_with("_s") ? "s" : "";
}

}  // namespace

Table run_table(const RecordedRun& recorded) {
  const auto& run = recorded.run;
  Table table{{{"section"}, {"name"}, {"value"}, {"unit"}, {"detail"}}, {}};
  const auto add = [&](const std::string& section, const std::string& name, Cell value,
                       const std::string& unit, const std::string& detail) {
    table.rows.push_back({section, name, std::move(value), unit, detail});
  };
  add("run", "run_id", std::to_string(recorded.run_id), "", "");
  add("run", "name", run.identity.name, "", "");
  add("run", "seed", run.identity.seed, "", "");
  for (const auto& metric : metric_columns(run.metrics))
    add(section_of(metric.name), metric.name, metric.value, unit_of(metric.name), "");
  for (const auto& limit : run.limits)
    if (is_reported(limit))
      add("limit", limit.name + ' ' + limit.metric, limit.value, limit.unit,
          limit.binding_resource);
  for (const auto& row : run.ledger)
    if (is_reported(row))
      add("ledger", row.category, static_cast<double>(row.duration_ns) / 1e9, "s",
          row.resource + " of " + std::to_string(row.devices) +
              (row.devices == 1 ? " GPU" : " GPUs"));
  for (const auto& link : run.links) {
    add("link", link.link + " bytes", link.bytes, "B", "");
    add("link", link.link + " used_fraction", link.used_fraction, "",
        "of " + human_with_unit(link.bandwidth, "B/s"));
  }
  for (const auto& cache : run.cache_stats) {
    if (cache.accesses == 0) continue;
    add("cache", cache.cache + ' ' + cache.tier + " accesses", cache.accesses, "", "");
    add("cache", cache.cache + ' ' + cache.tier + " hits", cache.hits, "", "");
  }
  for (const auto& warning : run.warnings) add("warning", "warning", warning, "", "");
  return table;
}

Table limits_table(std::span<const LimitRow> limits) {
  Table table{{{"name"}, {"metric"}, {"value"}, {"unit"}, {"binding_resource"}, {"source"}}, {}};
  for (const auto& limit : limits)
    table.rows.push_back(
        {limit.name, limit.metric, limit.value, limit.unit, limit.binding_resource, limit.source});
  return table;
}

Table seeds_table(std::span<const RecordedRun> recorded) {
  std::vector<RunMetrics> metrics;
  for (const auto& one : recorded) metrics.push_back(one.run.metrics);
  Table table{{{"metric"}, {"mean"}, {"half_width_95"}, {"runs"}}, {}};
  for (const auto& mean : means_over_seeds(metrics))
    table.rows.push_back(
        {mean.metric, mean.mean, mean.half_width ? Cell{*mean.half_width} : Cell{}, mean.runs});
  return table;
}

}  // namespace headroom
