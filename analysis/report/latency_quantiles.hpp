// analysis/report/latency_quantiles.hpp -- distributions of latency as values at fixed fractions.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "analysis/report/report_data.hpp"
#include "sim/record/database.hpp"

namespace headroom {

// TTFT, TPOT and E2E: what single requests have.
inline constexpr std::array<const char*, 3> kRequestLatencies{"ttft", "tpot", "e2e"};
using RequestLatencies = std::array<std::vector<double>, kRequestLatencies.size()>;
using ReportLatencies = std::array<std::vector<double>, kReportLatencies.size()>;

// Where there is a distribution in `of_requests` it takes the place of the one in `all`.
void put_latencies(RequestLatencies of_requests, ReportLatencies& all);

// Values at kReportFractions, linear like numpy's percentiles; empty for no samples.
std::vector<double> quantiles_of_samples(std::vector<double> samples);

// Every value of a bin counts as `value_s`, the mean of the bin.
struct WeightedValue {
  double value_s = 0;
  std::int64_t count = 0;
};
// The same from bins with increasing values.
std::vector<double> quantiles_of_bins(const std::vector<WeightedValue>& bins);

// By kReportLatencies, from request rows and histograms, whichever the run recorded.
ReportLatencies read_latencies(Database& database, std::int64_t run_id);

}  // namespace headroom
