// analysis/metrics/named_metric.hpp -- one metric of a run by the name of its column, for whoever
// lets the user name one: what to explain, to search for, to keep below a bound.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/record/run_record.hpp"

namespace headroom {

// The columns of run_metric that are numbers, in their order.
const std::vector<std::string>& numeric_metric_names();
bool is_numeric_metric(std::string_view name);

// Absent when the run did not measure it. Pre: is_numeric_metric(name).
std::optional<double> metric_value(const RunMetrics& metrics, std::string_view name);

// All that a run measured, by name.
using MetricValues = std::map<std::string, double, std::less<>>;
MetricValues metric_values(const RunMetrics& metrics);
// Over several seeds of a scenario: what all of them measured. Pre: at least one.
MetricValues mean_values(std::span<const MetricValues> runs);
std::optional<double> value_of(const MetricValues& values, std::string_view name);

// Whether more of it is better: rates, attained and hit fractions, completed requests and tokens;
// not so times, costs, rejections and preemptions.
bool is_higher_better(std::string_view name);

}  // namespace headroom
