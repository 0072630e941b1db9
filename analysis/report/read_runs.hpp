// analysis/report/read_runs.hpp -- reads the runs of a report from a results file.
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/report/report_data.hpp"
#include "sim/record/database.hpp"

namespace headroom {

// More runs than this in one picture help nobody, and the page would be tens of megabytes.
inline constexpr std::size_t kMostReportRuns = 5000;

// Every run of the file: those of sweeps by sweep and position, then the others by name, seed,
// repeat and id. Host facts play no part, so equal runs give equal reports. UserError when there
// are more than kMostReportRuns.
std::vector<std::int64_t> report_runs(Database& database);

// The runs in the order given, with all that the file holds about them except time series
// (read_use). UserError for an id that is not there.
ReportData read_runs(Database& database, const std::vector<std::int64_t>& run_ids);

}  // namespace headroom
