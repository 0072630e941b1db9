// analysis/search/goal.hpp -- what a search is for: the section `search:` of a sweep file.
//   search:
//     minimize: price_per_hour              # or maximize: any numeric column of run_metric
//     subject_to: ["ttft_p99_s <= 0.5", "slo_attainment >= 0.95"]
//     method: auto                          # exhaustive | halving
//     budget: 0.33                          # halving: of the requests that exhaustion would take
//     find: {key: workload.arrivals.rate, from: 0.1 /s, to: 50 /s, tolerance: 1 %}
// With `find` the search is for the highest value of a key at which the conditions still hold, for
// every point of the axes; the objective may be left out then.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/metrics/named_metric.hpp"
#include "analysis/search/search.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

// "ttft_p99_s <= 0.5": over the metrics of a run; false where one was not measured.
struct Condition {
  std::string text;
  Expression expression;
  // One metric against a number: what the limits can refute. Absent for anything else.
  struct Bound {
    std::string metric;
    bool at_most = true;
    double value = 0;
  };
  std::optional<Bound> bound;
};

bool holds(const Condition& condition, const MetricValues& values);
// How far from holding, relative to the bound: 0 when it holds, 1 for what is no bound.
double violation(const Condition& condition, const MetricValues& values);

enum class SearchMethod { kAuto, kExhaustive, kHalving };

// Values of a key between two ends, in the unit that they are written in.
struct Quest {
  std::string key;
  double from = 0, to = 0;
  std::string unit;         // "/s"; "" for a bare number
  double tolerance = 0.01;  // relative
  bool whole = false;       // both ends are whole numbers without a unit
};
std::string setting_of(const Quest& quest, double value);  // "workload.arrivals.rate=3.2 /s"

struct SearchGoal {
  std::optional<Objective> objective;
  std::vector<Condition> conditions;
  SearchMethod method = SearchMethod::kAuto;
  double budget = 1.0 / 3;
  std::optional<Quest> quest;

  // Every metric that the objective and the conditions name, each once.
  std::vector<std::string> metrics() const;
};

// Pre: plan.search is not null. Throws ConfigError with all that is wrong, at its positions.
SearchGoal read_goal(const SweepPlan& plan);

// Why no run of this scenario can be judged by the goal: it names a price, and the scenario has
// none; an attainment, and there is no SLO. "" when it can.
std::string missing_for(const SearchGoal& goal, const Scenario& scenario);

}  // namespace headroom
