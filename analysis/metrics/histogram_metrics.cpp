#include "analysis/metrics/histogram_metrics.hpp"

#include <algorithm>
#include <cstddef>

namespace headroom {
namespace {

double mean_s(const LatencyHistogram::Bin& bin) {
  return static_cast<double>(bin.total_ns) / kNanosecondsPerSecond / static_cast<double>(bin.count);
}

// The value with the given rank, from 0. Pre: rank < total count.
double value_at(const LatencyHistogram& histogram, std::int64_t rank) {
  std::int64_t upto = 0;
  const auto found = std::find_if(histogram.bins().begin(), histogram.bins().end(),
                                  [&](const LatencyHistogram::Bin& bin) {
                                    upto += bin.count;
                                    return rank < upto;
                                  });
  return mean_s(*found);
}

double percentile(const LatencyHistogram& histogram, std::int64_t count, double q) {
  const double position = static_cast<double>(count - 1) * q;
  const auto rank = static_cast<std::int64_t>(position);
  const double low = value_at(histogram, rank);
  const double high = value_at(histogram, std::min(rank + 1, count - 1));
  return low + (high - low) * (position - static_cast<double>(rank));
}

}  // namespace

std::optional<Distribution> summarize(const LatencyHistogram& histogram) {
  LatencyHistogram::Bin all;
  for (const LatencyHistogram::Bin& bin : histogram.bins()) {
    all.count += bin.count;
    all.total_ns += bin.total_ns;
  }
  if (all.count == 0) return std::nullopt;
  Distribution d;
  d.mean = mean_s(all);
  d.p50 = percentile(histogram, all.count, 0.50);
  d.p90 = percentile(histogram, all.count, 0.90);
  d.p95 = percentile(histogram, all.count, 0.95);
  d.p99 = percentile(histogram, all.count, 0.99);
  return d;
}

std::vector<HistogramRow> histogram_rows(const LatencyHistogram& histogram,
                                         const std::string& metric) {
  std::vector<HistogramRow> rows;
  for (std::size_t i = 0; i < histogram.bins().size(); ++i) {
    const LatencyHistogram::Bin& bin = histogram.bins()[i];
    if (bin.count == 0) continue;
    rows.push_back({metric, to_seconds(LatencyHistogram::bin_start(i)).value,
                    to_seconds(LatencyHistogram::bin_width(i)).value, bin.count, bin.total_ns});
  }
  return rows;
}

}  // namespace headroom
