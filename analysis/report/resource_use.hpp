// analysis/report/resource_use.hpp -- the use of resources over time, from the bins that a run
// recorded or that simulating it again gave, and on average, from its totals.
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
// are left, and the last one counts up to the end of the run. A resource without capacity has no
// series.
std::vector<UseSeries> use_series(std::span<const ResourceUseRow> rows, double makespan_s);

// Absent when there are no rows of compute and HBM with capacities. `gpus`: those that the rows are
// of.
std::optional<OperatingPoint> operating_point(std::span<const ResourceTotalRow> rows,
                                              double makespan_s, std::int64_t gpus);
std::vector<ResourceTotalRow> read_resource_totals(Database& database, std::int64_t run_id);

// Of one run, as recorded: by resource, then replica, then time. Empty in summary mode.
std::vector<ResourceUseRow> read_resource_use(Database& database, std::int64_t run_id);

}  // namespace headroom
