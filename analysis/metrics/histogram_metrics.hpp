// analysis/metrics/histogram_metrics.hpp -- a latency histogram as a distribution and as rows of
// the database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/serving/latency_histogram.hpp"

namespace headroom {

// Each value counts as the mean of its bin; percentiles interpolate linearly between the two
// neighbouring values. Absent when nothing was counted.
std::optional<Distribution> summarize(const LatencyHistogram& histogram);

// One row per bin that holds anything, in increasing order.
std::vector<HistogramRow> histogram_rows(const LatencyHistogram& histogram,
                                         const std::string& metric);

}  // namespace headroom
