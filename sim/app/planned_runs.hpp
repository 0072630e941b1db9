// sim/app/planned_runs.hpp -- the points of a sweep as runs with their identities, all scenarios
// loaded and checked before the first one is simulated.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

struct PlannedRun {
  RunIdentity identity;
  std::string unfit;  // why it is not simulated: it does not fit into memory; "" otherwise
  // That it is; several when points come to the same scenario. They outlive it.
  std::vector<const SweepPoint*> points;
};

// In the order of the points; points of the same identity are one run. Loads scenarios in `jobs`
// processes, so that this one stays small. Throws ConfigError with what is wrong with any of them,
// each mistake once, and Interrupted.
// Pre: as run_in_children.
std::vector<PlannedRun> plan_runs(const SweepPlan& plan, std::span<const SweepPoint> points,
                                  int jobs);

// What the settings of a run say about it: `param` rows.
std::vector<ParamRow> params_of(const std::vector<std::string>& settings);
// The row of a point, with its parameters.
SweepPlace place_of(const SweepPlan& plan, const SweepPoint& point);

// The sweep as a results file keeps it.
SweepRecord sweep_record(const SweepPlan& plan);

}  // namespace headroom
