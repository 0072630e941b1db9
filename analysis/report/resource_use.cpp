#include "analysis/report/resource_use.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "analysis/report/rows_of_run.hpp"

namespace headroom {
namespace {

// Capacity of all the resource's devices per second: replicas add up, bins of one replica do not.
double capacity_per_s(std::span<const ResourceUseRow> rows, std::string_view resource) {
  double capacity = 0;
  for (const auto& row : rows)
    if (row.resource == resource && row.bin_start_s == 0)
      capacity += row.capacity / row.bin_width_s;
  return capacity;
}

UseSeries series_of(std::span<const ResourceUseRow> rows, double makespan_s,
                    const std::string& resource) {
  double width_s = 0, end_s = 0;
  for (const auto& row : rows) {
    if (row.resource != resource) continue;
    // Replicas may have bins of different width, each a doubling of the same: the widest fits all.
    width_s = std::max(width_s, row.bin_width_s);
    end_s = std::max(end_s, row.bin_start_s + row.bin_width_s);
  }
  while (end_s > width_s * static_cast<double>(kMostUseBins)) width_s *= 2;
  std::vector<double> amounts;
  for (const auto& row : rows) {
    if (row.resource != resource) continue;
    // Half a bin further on, so that the rounding of a start does not move it to the bin before.
    const auto bin = static_cast<std::size_t>((row.bin_start_s + row.bin_width_s / 2) / width_s);
    if (amounts.size() <= bin) amounts.resize(bin + 1);
    amounts[bin] += row.amount;
  }
  // Replicas that end early leave bins out: what a bin could have held is the same for all but the
  // last, which the run ends in.
  const double capacity = capacity_per_s(rows, resource);
  UseSeries series{resource, width_s, {}};
  if (!(capacity > 0)) return series;
  for (std::size_t bin = 0; bin < amounts.size(); ++bin) {
    const double rest_s = makespan_s - static_cast<double>(bin) * width_s;
    const double length_s = rest_s > 0 ? std::min(width_s, rest_s) : width_s;
    series.used_fraction.push_back(amounts[bin] / (capacity * length_s));
  }
  return series;
}

}  // namespace

std::vector<UseSeries> use_series(std::span<const ResourceUseRow> rows, double makespan_s) {
  std::vector<std::string> resources;
  for (const auto& row : rows)
    if (std::find(resources.begin(), resources.end(), row.resource) == resources.end())
      resources.push_back(row.resource);
  std::vector<UseSeries> all;
  for (const auto& resource : resources)
    if (auto series = series_of(rows, makespan_s, resource); !series.used_fraction.empty())
      all.push_back(std::move(series));
  return all;
}

std::optional<OperatingPoint> operating_point(std::span<const ResourceTotalRow> rows,
                                              double makespan_s, std::int64_t gpus) {
  if (!(makespan_s > 0) || gpus <= 0) return std::nullopt;
  const double gpu_seconds = makespan_s * static_cast<double>(gpus);
  OperatingPoint point;
  for (const auto& row : rows) {
    if (row.resource == "compute") {
      point.flops_per_s = row.amount / gpu_seconds;
      point.peak_flops_per_s = row.capacity / gpu_seconds;
    } else if (row.resource == "hbm") {
      point.bytes_per_s = row.amount / gpu_seconds;
      point.peak_bytes_per_s = row.capacity / gpu_seconds;
    }
  }
  if (!(point.peak_flops_per_s > 0) || !(point.peak_bytes_per_s > 0)) return std::nullopt;
  return point;
}

std::vector<ResourceTotalRow> read_resource_totals(Database& database, std::int64_t run_id) {
  std::vector<ResourceTotalRow> rows;
  for_rows_of_run(database,
                  "SELECT resource, amount, capacity FROM resource_total WHERE run_id = ?1 "
                  "ORDER BY resource",
                  run_id, [&](const Statement& row) {
                    rows.push_back({row.text(0), row.real(1), row.real(2)});
                  });
  return rows;
}

std::vector<ResourceUseRow> read_resource_use(Database& database, std::int64_t run_id) {
  std::vector<ResourceUseRow> rows;
  for_rows_of_run(
      database,
      "SELECT resource, replica, bin_start_s, bin_width_s, busy_s, amount, capacity "
      "FROM resource_use WHERE run_id = ?1 ORDER BY resource, replica, bin_start_s",
      run_id, [&](const Statement& row) {
        rows.push_back({row.text(0), static_cast<std::int32_t>(row.integer(1)), row.real(2),
                        row.real(3), row.real(4), row.real(5), row.real(6)});
      });
  return rows;
}

}  // namespace headroom
