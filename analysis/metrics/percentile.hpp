// analysis/metrics/percentile.hpp -- order statistics of samples, by selection.
#pragma once

#include <optional>
#include <vector>

#include "sim/record/run_record.hpp"

namespace headroom {

// Mean and percentiles; absent for no samples. Percentile q of n sorted values is the one at
// position (n - 1) q, interpolated linearly: numpy's default. Reorders the samples: selecting each
// percentile above the last is O(n), sorting is not.
std::optional<Distribution> summarize(std::vector<double>& samples);

}  // namespace headroom
