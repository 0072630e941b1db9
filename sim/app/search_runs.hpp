// sim/app/search_runs.hpp -- the trials of a search, simulated: runs of whole traces are those of
// the sweep, recorded (and found again) like any other; runs of parts of a trace are no results of
// it and leave nothing behind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis/search/contest.hpp"
#include "sim/app/planned_runs.hpp"
#include "sim/app/run_pool.hpp"
#include "sim/app/search_space.hpp"
#include "sim/app/sweep_runner.hpp"

namespace headroom {

class SearchRuns {
 public:
  // Checks and describes every point. Throws as plan_runs and describe_space. Forks: no database
  // may be open in this process. `plan` outlives this object.
  SearchRuns(const SweepPlan& plan, const SearchGoal& goal, const SweepRunOptions& options);

  const SearchSpace& space() const { return space_; }
  void open(const std::string& database) { runner_.open(database); }
  const SweepCounts& counts() const { return runner_.counts(); }

  // Means over the seeds of a point. Throws Interrupted.
  std::vector<TraceResult> run(const std::vector<TraceTrial>& trials);
  // Of the runs of the whole trace, a run per seed; empty before they are there.
  std::vector<std::int64_t> run_ids(std::size_t contender) const;

 private:
  std::vector<TraceResult> run_parts(const std::vector<TraceTrial>& trials);
  std::vector<TraceResult> run_whole(const std::vector<TraceTrial>& trials);

  const SweepPlan& plan_;
  std::vector<PlannedRun> planned_;
  std::map<std::int64_t, std::size_t> planned_at_;  // by position
  SearchSpace space_;
  RunPool parts_;
  SweepRunner runner_;
  std::map<std::int64_t, std::int64_t> ids_;  // by position
};

// What a results file has of a run.
TraceResult recorded_result(Database& database, std::int64_t run_id);

}  // namespace headroom
