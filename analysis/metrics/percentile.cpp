#include "analysis/metrics/percentile.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>

namespace headroom {
namespace {

// Pre: everything before `sorted_upto` is no greater than anything from it on. Keeps that true for
// the position it selects.
double select_percentile(std::vector<double>& samples, std::size_t& sorted_upto, double q) {
  const double position = static_cast<double>(samples.size() - 1) * q;
  const auto index = static_cast<std::size_t>(position);
  const auto at = [&](std::size_t i) {
    return std::next(samples.begin(), static_cast<std::ptrdiff_t>(i));
  };
  std::nth_element(at(sorted_upto), at(index), samples.end());
  sorted_upto = index;
  const double low = samples[index];
  if (index + 1 == samples.size()) return low;
  const double high = *std::min_element(at(index + 1), samples.end());
  return low + (high - low) * (position - static_cast<double>(index));
}

}  // namespace

std::optional<Distribution> summarize(std::vector<double>& samples) {
  if (samples.empty()) return std::nullopt;
  Distribution d;
  d.mean =
      std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
  std::size_t sorted_upto = 0;
  d.p50 = select_percentile(samples, sorted_upto, 0.50);
  d.p90 = select_percentile(samples, sorted_upto, 0.90);
  d.p95 = select_percentile(samples, sorted_upto, 0.95);
  d.p99 = select_percentile(samples, sorted_upto, 0.99);
  return d;
}

}  // namespace headroom
