// sim/app/run_report.hpp -- one run, or several seeds of one, as text for people and as rows; as
// JSON: json_output.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "sim/app/completed_run.hpp"
#include "sim/record/table.hpp"

namespace headroom {

struct RecordedRun {
  CompletedRun run;
  std::int64_t run_id = 0;
};

// What a report of a run shows, as text or as rows: roofs of single operators and published models
// are for `headroom limits`, what must grow too, and causes that took no time are left out. JSON
// and the database have all.
bool is_reported(const LimitRow& limit);
bool is_reported(const LedgerRow& row);

// Sections with units, the limits beside what was attained, and the ledger as bars.
std::string run_text(const RecordedRun& recorded);
// The same facts, one per row: section, name, value, unit, detail. What --format csv prints.
Table run_table(const RecordedRun& recorded);

// Several seeds: every metric as mean and half width of its 95 % interval. Rows: metric, mean,
// half_width_95, runs.
Table seeds_table(std::span<const RecordedRun> recorded);
std::string seeds_text(std::span<const RecordedRun> recorded);

// Limits alone, for `headroom limits`, in the columns that `run` shows: name, metric, value, unit,
// binding_resource, source.
Table limits_table(std::span<const LimitRow> limits);

}  // namespace headroom
