// sim/app/capacity_search.hpp -- the highest value of a key at which the conditions hold, for every
// point of a sweep, by bisection. Takes for granted that what fails at a value fails at higher
// ones. Values whose limit misses a condition are not simulated. Values that are tried on the way
// leave nothing behind; the run at the value that is found is recorded as the run of its point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/search/goal.hpp"
#include "sim/app/sweep_runner.hpp"

namespace headroom {

struct CapacityRow {
  std::size_t point = 0;  // in SweepPlan::points
  std::optional<double> highest, lowest_failure;
  MetricValues metrics;  // at `highest`
  std::optional<std::int64_t> run_id;
  std::string reason;                       // what fails above it; or why there is no such value
  std::int64_t simulated = 0, refuted = 0;  // values that were tried
};

struct CapacityOutcome {
  std::vector<CapacityRow> rows;  // the best first
  std::int64_t simulated_runs = 0, refuted_runs = 0;
};

// Pre: goal.quest; no database is open in this process. Throws as SweepRunner and missing_for.
CapacityOutcome search_capacity(const SweepPlan& plan, const SearchGoal& goal,
                                const SweepRunOptions& options, const std::string& database);

}  // namespace headroom
