#include "analysis/report/latency_quantiles.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "analysis/report/rows_of_run.hpp"

namespace headroom {
namespace {

// Infinite values allow no arithmetic where there is nothing to interpolate.
double between(double low, double high, double fraction) {
  return low == high || fraction == 0 ? low : low + (high - low) * fraction;
}

// value(k): the k-th smallest of n values.
template <class Value>
std::vector<double> quantiles(std::int64_t n, Value value) {
  std::vector<double> list;
  if (n == 0) return list;
  list.reserve(kReportFractions.size());
  for (const double fraction : kReportFractions) {
    const double position = static_cast<double>(n - 1) * fraction;
    const auto below = static_cast<std::int64_t>(std::floor(position));
    list.push_back(between(value(below), value(std::min(below + 1, n - 1)),
                           position - static_cast<double>(below)));
  }
  return list;
}

std::size_t index_of(std::string_view metric) {
  return static_cast<std::size_t>(
      std::find(kReportLatencies.begin(), kReportLatencies.end(), metric) -
      kReportLatencies.begin());
}

}  // namespace

std::vector<double> quantiles_of_samples(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  return quantiles(static_cast<std::int64_t>(samples.size()),
                   [&](std::int64_t k) { return samples[static_cast<std::size_t>(k)]; });
}

std::vector<double> quantiles_of_bins(const std::vector<WeightedValue>& bins) {
  std::vector<std::int64_t> upto;  // values up to and with the bin
  std::int64_t n = 0;
  for (const auto& bin : bins) upto.push_back(n += bin.count);
  return quantiles(n, [&](std::int64_t k) {
    const auto bin = std::upper_bound(upto.begin(), upto.end(), k) - upto.begin();
    return bins[static_cast<std::size_t>(bin)].value_s;
  });
}

void put_latencies(RequestLatencies of_requests, ReportLatencies& all) {
  for (std::size_t m = 0; m < kRequestLatencies.size(); ++m)
    if (!of_requests[m].empty()) all[index_of(kRequestLatencies[m])] = std::move(of_requests[m]);
}

ReportLatencies read_latencies(Database& database, std::int64_t run_id) {
  ReportLatencies latencies;
  std::map<std::string, std::vector<WeightedValue>> histograms;
  for_rows_of_run(database,
                  "SELECT metric, total_ns / 1e9 / count, count FROM latency_histogram "
                  "WHERE run_id = ?1 AND count > 0 ORDER BY metric, bin_start_s",
                  run_id, [&](const Statement& row) {
                    histograms[row.text(0)].push_back({row.real(1), row.integer(2)});
                  });
  for (const auto& [metric, bins] : histograms)
    if (const auto index = index_of(metric); index < latencies.size())
      latencies[index] = quantiles_of_bins(bins);

  // Request rows tell more than a histogram of the same latencies.
  RequestLatencies samples;
  for_rows_of_run(database,
                  "SELECT ttft_s, tpot_s, e2e_s FROM request_latency "
                  "WHERE run_id = ?1 AND measured AND status = 'finished'",
                  run_id, [&](const Statement& row) {
                    for (std::size_t m = 0; m < samples.size(); ++m) {
                      const Cell cell = row.cell(static_cast<int>(m));
                      if (const auto* value = std::get_if<double>(&cell))
                        samples[m].push_back(*value);
                    }
                  });
  for (auto& list : samples) list = quantiles_of_samples(std::move(list));
  put_latencies(std::move(samples), latencies);
  return latencies;
}

}  // namespace headroom
