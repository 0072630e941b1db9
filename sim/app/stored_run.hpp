// sim/app/stored_run.hpp -- from a run in a results file back to its scenario, and to the same run
// once more: what a summary does not hold (requests, iterations, operations) is simulated again
// when somebody wants to see it. A result is never guessed: the scenario must have the identity
// that it was recorded under, and the metrics must come out the same.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/app/run_scenario.hpp"
#include "sim/record/database.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

// The row of a run.
struct StoredRun {
  std::int64_t run_id = 0, scenario_id = 0, seed = 0, repeat = 0;
  std::string name, code_version;
  std::string status, reason;  // 'finished', or 'failed' and why
};

// `reference`: a run id, the name of one run, `latest` (the run started last), or how one of them
// begins (ids: three digits or more). Throws UserError when there is none, or several: it lists
// them.
StoredRun find_stored_run(Database& database, const std::string& reference);

// UserError when it failed: there is no result that could be shown or simulated once more.
void require_finished(const StoredRun& run);

// The scenario of a run as it was. Files that it names by relative paths are looked for in
// `folders`, then in the working directory, then beside the results file. Throws UserError when
// there is no such run, a file is missing or has other content than it had, or this version of the
// program reads the stored text differently.
Scenario load_stored_scenario(Database& database, std::int64_t run_id,
                              const std::vector<std::string>& folders = {});

// Its keys with the origin of each value, as they were resolved: from the text in the file, or, of
// a run of a sweep, from its scenario; what an axis has set then comes from "axis".
std::vector<ResolvedKey> stored_scenario_keys(Database& database, std::int64_t run_id,
                                              const std::vector<std::string>& folders = {});

// The run simulated once more; as run_scenario(), and a UserError that names both code versions
// when a metric is not the one in the file. Creates the process's SimGrid engine: once per process.
CompletedRun rerun(Database& database, std::int64_t run_id, const Scenario& scenario,
                   const RunControl& control);

// That check alone, for a run that was simulated in a process of its own.
void require_same_metrics(Database& database, std::int64_t run_id, const RunMetrics& metrics);

}  // namespace headroom
