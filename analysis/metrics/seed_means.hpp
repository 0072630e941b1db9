// analysis/metrics/seed_means.hpp -- one scenario, several seeds: means with a 95 % confidence
// interval.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/record/run_record.hpp"

namespace headroom {

struct SeedMean {
  std::string metric;     // as a column of run_metric
  std::int64_t runs = 0;  // in which it was measured
  double mean = 0;
  std::optional<double> half_width;  // of the 95 % interval mean +- half_width; absent for one run
};

// Of every numeric metric, in the order of run_metric; one that no run measured is left out. The
// interval is Student's t: runs with different seeds are independent and their metrics are taken as
// normal.
std::vector<SeedMean> means_over_seeds(std::span<const RunMetrics> runs);

// The 97.5 % point of Student's t, for a two-sided 95 % interval. Pre: degrees_of_freedom >= 1.
double student_t_975(std::int64_t degrees_of_freedom);

}  // namespace headroom
