#include "analysis/report/resource_use.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "analysis/report/rows_of_run.hpp"

namespace headroom {
namespace {

struct Sums {
  double amount = 0, capacity = 0;
};

Sums sums_of(std::span<const ResourceUseRow> rows, std::string_view resource) {
  Sums sums;
  for (const auto& row : rows) {
    if (row.resource != resource) continue;
    sums.amount += row.amount;
    sums.capacity += row.capacity;
  }
  return sums;
}

// Capacity of all the resource's devices per second: replicas add up, bins of one replica do not.
double capacity_per_s(std::span<const ResourceUseRow> rows, std::string_view resource) {
  double capacity = 0;
  for (const auto& row : rows)
    if (row.resource == resource && row.bin_start_s == 0)
      capacity += row.capacity / row.bin_width_s;
  return capacity;
}

UseSeries series_of(std::span<const ResourceUseRow> rows, const std::string& resource) {
  double width_s = 0, end_s = 0;
  for (const auto& row : rows) {
    if (row.resource != resource) continue;
    // Replicas may have bins of different width, each a doubling of the same: the widest fits all.
    width_s = std::max(width_s, row.bin_width_s);
    end_s = std::max(end_s, row.bin_start_s + row.bin_width_s);
  }
  while (end_s > width_s * static_cast<double>(kMostUseBins)) width_s *= 2;
  std::vector<Sums> bins;
  for (const auto& row : rows) {
    if (row.resource != resource) continue;
    // Half a bin further on, so that the rounding of a start does not move it to the bin before.
    const auto bin = static_cast<std::size_t>((row.bin_start_s + row.bin_width_s / 2) / width_s);
    if (bins.size() <= bin) bins.resize(bin + 1);
    bins[bin].amount += row.amount;
  }
  // Replicas that end early leave bins out, and the last bin may be half full: what a bin could
  // have held is the same for all.
  const double capacity = capacity_per_s(rows, resource) * width_s;
  UseSeries series{resource, width_s, {}};
  if (!(capacity > 0)) return series;
  for (const auto& bin : bins) series.used_fraction.push_back(bin.amount / capacity);
  return series;
}

}  // namespace

std::vector<UseSeries> use_series(std::span<const ResourceUseRow> rows) {
  std::vector<std::string> resources;
  for (const auto& row : rows)
    if (std::find(resources.begin(), resources.end(), row.resource) == resources.end())
      resources.push_back(row.resource);
  std::vector<UseSeries> all;
  for (const auto& resource : resources)
    if (auto series = series_of(rows, resource); !series.used_fraction.empty())
      all.push_back(std::move(series));
  return all;
}

std::optional<OperatingPoint> operating_point(std::span<const ResourceUseRow> rows,
                                              double makespan_s, std::int64_t gpus) {
  if (!(makespan_s > 0) || gpus <= 0) return std::nullopt;
  const auto devices = static_cast<double>(gpus);
  const OperatingPoint point{.flops_per_s = sums_of(rows, "compute").amount / makespan_s / devices,
                             .bytes_per_s = sums_of(rows, "hbm").amount / makespan_s / devices,
                             .peak_flops_per_s = capacity_per_s(rows, "compute") / devices,
                             .peak_bytes_per_s = capacity_per_s(rows, "hbm") / devices};
  if (!(point.peak_flops_per_s > 0) || !(point.peak_bytes_per_s > 0)) return std::nullopt;
  return point;
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
