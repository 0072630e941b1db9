// sim/app/sweep_table.hpp -- the points of a sweep with what came out, as a table.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "sim/record/database.hpp"
#include "sim/record/table.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

// What is recorded of the points, in their order: a column per axis, the seed when there are
// several, the metrics that most people look at first, the run.
Table sweep_table(Database& database, const SweepPlan& plan, std::span<const SweepPoint> points,
                  std::size_t most_rows);

// The points before anything is run: position, axes, seed, and why a point cannot be run.
Table points_table(const SweepPlan& plan, std::span<const SweepPoint> points,
                   std::span<const std::string> remarks);

}  // namespace headroom
