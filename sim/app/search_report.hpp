// sim/app/search_report.hpp -- what a search found, as text for people, as rows and as JSON.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/app/capacity_search.hpp"
#include "sim/app/search_space.hpp"
#include "sim/record/table.hpp"

namespace headroom {

struct SearchReport {
  const SweepPlan& plan;
  const SearchGoal& goal;
  const SearchSpace& space;
  const SearchOutcome& outcome;
  std::vector<std::vector<std::int64_t>> run_ids;  // of whole runs, by contender
};

// The best, the command that runs it, and why the rest lost.
std::string search_text(const SearchReport& report);
// One row per point: standing, the metrics of the goal, simulated_requests, the axes, run_id,
// reason.
Table search_table(const SearchReport& report);
// {name, goal, best: {...} or null, ranking: [{position, standing, point: {axis: label},
// simulated_requests, metrics: {name: value}, run_ids, reason}], simulated_requests,
// exhaustive_requests, runs, standings: {name: count}, budget_spent}
std::string search_json(const SearchReport& report);

struct CapacityReport {
  const SweepPlan& plan;
  const SearchGoal& goal;
  const CapacityOutcome& outcome;
};
std::string capacity_text(const CapacityReport& report);
Table capacity_rows(const CapacityReport& report);
// {name, goal, key, unit, points: [{position, point, highest, lowest_failure, metrics, run_id,
// simulated, refuted, reason}], simulated_runs, refuted_runs}
std::string capacity_json(const CapacityReport& report);

}  // namespace headroom
