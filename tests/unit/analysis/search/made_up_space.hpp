// tests/unit/analysis/search/made_up_space.hpp -- contenders whose runs are formulas.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "analysis/search/contest.hpp"

namespace headroom::test {

inline Condition at_most(const std::string& metric, double value) {
  const std::string text = metric + " <= " + std::to_string(value);
  return {text, Expression::parse(text), Condition::Bound{metric, true, value}};
}

inline SearchGoal minimise(const std::string& metric, std::vector<Condition> conditions = {}) {
  SearchGoal goal;
  goal.objective = Objective{metric, false};
  goal.conditions = std::move(conditions);
  return goal;
}

// A line of contenders with as many requests each.
inline std::vector<Contender> line(std::size_t count, std::int64_t requests) {
  std::vector<Contender> contenders(count);
  for (std::size_t i = 0; i < count; ++i) {
    contenders[i].coordinates = {i};
    contenders[i].requests = requests;
  }
  return contenders;
}

using Law = std::function<MetricValues(std::size_t contender, std::int64_t requests)>;

// Runs by the law, and what was run.
struct Laboratory {
  Law law;
  std::vector<TraceTrial> trials;

  RunTraces runs() {
    return [this](const std::vector<TraceTrial>& wanted) {
      std::vector<TraceResult> results;
      for (const auto& trial : wanted) {
        trials.push_back(trial);
        results.push_back({law(trial.contender, trial.requests), ""});
      }
      return results;
    };
  }
  bool has_run(std::size_t contender) const {
    for (const auto& trial : trials)
      if (trial.contender == contender) return true;
    return false;
  }
};

}  // namespace headroom::test
