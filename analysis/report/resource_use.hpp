// analysis/report/resource_use.hpp -- the use of resources over time and on average, from the bins
// that a run recorded or that simulating it again gave.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "analysis/report/report_data.hpp"
#include "sim/record/database.hpp"
#include "sim/record/run_record.hpp"

namespace headroom {

inline constexpr std::size_t kMostUseBins = 240;  // more than a chart has room for

// One series per resource, in order of first mention; bins are merged until at most kMostUseBins
// are left. A resource without capacity has no series.
std::vector<UseSeries> use_series(std::span<const ResourceUseRow> rows);

// Absent when there are no rows of compute and HBM. `gpus`: as many as the capacities are of,
// > 0.
std::optional<OperatingPoint> operating_point(std::span<const ResourceUseRow> rows,
                                              double makespan_s, std::int64_t gpus);

// Of one run, as recorded: by resource, then replica, then time. Empty in summary mode.
std::vector<ResourceUseRow> read_resource_use(Database& database, std::int64_t run_id);

}  // namespace headroom
