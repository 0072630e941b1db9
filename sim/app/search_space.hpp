// sim/app/search_space.hpp -- the points of a sweep as contenders of a search: every scenario
// loaded, its requests drawn and its limits counted, before anything is simulated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/search/contest.hpp"
#include "sim/base/units.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

// One combination of axis values, with all its seeds.
struct SearchPoint {
  std::vector<SweepPoint> replications;
  std::string trace_key;     // that shortens its trace: "workload.requests"
  Seconds measure_after{0};  // shortened with the trace
  std::optional<Seconds> measure_until;
};

struct SearchSpace {
  std::vector<SearchPoint> points;
  std::vector<Contender> contenders;  // in the order of `points`; requests of the first seed
};

// In `jobs` processes. Throws UserError where a scenario cannot be judged by the goal
// (missing_for), ConfigError and Interrupted. Pre: as run_in_children.
SearchSpace describe_space(const SweepPlan& plan, const SearchGoal& goal, int jobs);

// The point with only the beginning of its trace, on top of its own settings.
std::vector<std::string> settings_of_part(const SearchPoint& point, std::int64_t requests,
                                          std::int64_t whole);

}  // namespace headroom
