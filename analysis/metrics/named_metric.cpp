#include "analysis/metrics/named_metric.hpp"

#include <algorithm>
#include <array>

#include "sim/base/check.hpp"
#include "sim/record/metric_columns.hpp"

namespace headroom {
namespace {

std::vector<std::string> names_of_numbers() {
  std::vector<std::string> names;
  for (const auto& metric : metric_columns(RunMetrics{}))
    if (!std::holds_alternative<std::string>(metric.value)) names.push_back(metric.name);
  return names;
}

}  // namespace

const std::vector<std::string>& numeric_metric_names() {
  static const std::vector<std::string> names = names_of_numbers();
  return names;
}

bool is_numeric_metric(std::string_view name) {
  const auto& names = numeric_metric_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<double> metric_value(const RunMetrics& metrics, std::string_view name) {
  for (const auto& metric : metric_columns(metrics)) {
    if (metric.name != name) continue;
    if (const auto* real = std::get_if<double>(&metric.value)) return *real;
    if (const auto* count = std::get_if<std::int64_t>(&metric.value))
      return static_cast<double>(*count);
    return std::nullopt;
  }
  HEADROOM_CHECK(false, "a known metric, got ", name);
  return std::nullopt;
}

MetricValues metric_values(const RunMetrics& metrics) {
  MetricValues values;
  for (const auto& metric : metric_columns(metrics)) {
    if (const auto* real = std::get_if<double>(&metric.value)) values[metric.name] = *real;
    if (const auto* count = std::get_if<std::int64_t>(&metric.value))
      values[metric.name] = static_cast<double>(*count);
  }
  return values;
}

MetricValues mean_values(std::span<const MetricValues> runs) {
  MetricValues means;
  for (const auto& [name, first] : runs.front()) {
    double sum = 0;
    bool all = true;
    for (const auto& run : runs) {
      const auto value = value_of(run, name);
      all = all && value;
      sum += value.value_or(0);
    }
    if (all) means[name] = sum / static_cast<double>(runs.size());
  }
  return means;
}

std::optional<double> value_of(const MetricValues& values, std::string_view name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : std::optional(found->second);
}

bool is_higher_better(std::string_view name) {
  constexpr std::array<std::string_view, 9> kMore{
      "completed",      "measured_requests", "prompt_tokens", "output_tokens",    "cached_tokens",
      "slo_attainment", "prefix_hit_rate",   "kv_blocks",     "attained_fraction"};
  return name.ends_with("_per_s") || std::find(kMore.begin(), kMore.end(), name) != kMore.end();
}

}  // namespace headroom
