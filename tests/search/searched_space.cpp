#include "tests/search/searched_space.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>
#include <thread>
#include <utility>
#include <vector>

#include "analysis/search/halving.hpp"
#include "analysis/search/metric_bounds.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/sweep/load_sweep.hpp"

namespace headroom::test {
namespace {

int cores() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

std::string packed(const MetricValues& values) {
  std::ostringstream out;
  out.precision(17);
  for (const auto& [name, value] : values) out << name << ' ' << value << '\n';
  return out.str();
}

MetricValues unpacked(const std::string& text) {
  std::istringstream in(text);
  MetricValues values;
  for (std::string name; in >> name;) in >> values[name];
  return values;
}

class Space {
 public:
  explicit Space(const RandomSpace& space)
      : plan_(load_sweep_text(space.text, "space.yaml", "")), goal_(read_goal(plan_)) {
    for (const auto& point : plan_.points) {
      const Scenario scenario = scenario_of(plan_, point, false);
      Contender contender;
      contender.coordinates = point.coordinates;
      contender.refusal = scenario.unfit;
      if (scenario.unfit.empty()) {
        MetricBounds bounds = metric_bounds(scenario);
        contender.requests = bounds.requests;
        contender.best = std::move(bounds.best);
      }
      contenders_.push_back(std::move(contender));
    }
  }

  const SearchGoal& goal() const { return goal_; }
  const std::vector<Contender>& contenders() const { return contenders_; }
  const MetricValues& metrics(std::size_t contender, std::int64_t requests) const {
    return known_.at({contender, requests});
  }

  // What is known already is not simulated again.
  std::vector<TraceResult> run(const std::vector<TraceTrial>& trials) {
    std::vector<TraceTrial> unknown;
    for (const auto& trial : trials)
      if (!known_.contains({trial.contender, trial.requests})) unknown.push_back(trial);
    const auto said = run_in_children(static_cast<int>(unknown.size()), cores(), [&](int i) {
      return simulated(unknown[static_cast<std::size_t>(i)]);
    });
    for (std::size_t i = 0; i < said.size(); ++i)
      known_[{unknown[i].contender, unknown[i].requests}] = unpacked(said[i]);
    std::vector<TraceResult> results;
    for (const auto& trial : trials)
      results.push_back({known_.at({trial.contender, trial.requests}), ""});
    return results;
  }

 private:
  std::string simulated(const TraceTrial& trial) const {
    const SweepPoint& point = plan_.points[trial.contender];
    auto settings = point.settings;
    settings.push_back("workload.requests=" + std::to_string(trial.requests));
    RunControl control;
    control.mode = RecordMode::kSummary;
    return packed(
        metric_values(run_scenario(scenario_of(plan_, settings, point.seed), control).metrics));
  }

  SweepPlan plan_;
  SearchGoal goal_;
  std::vector<Contender> contenders_;
  std::map<std::pair<std::size_t, std::int64_t>, MetricValues> known_;
};

std::optional<double> best_value(const SearchOutcome& outcome, const SearchGoal& goal) {
  if (outcome.ranking.front().standing != Standing::kBest) return std::nullopt;
  return value_of(outcome.ranking.front().metrics, goal.objective->name);
}

double full_share(const MetricValues& metrics) {
  return metrics.at("kv_peak_blocks") / metrics.at("kv_blocks");
}

}  // namespace

std::int64_t broken_limits(const MetricValues& metrics, const MetricValues& best) {
  std::int64_t broken = 0;
  for (const auto& [metric, limit] : best) {
    const auto value = value_of(metrics, metric);
    if (!value) continue;
    const double slack = 1e-9 * std::abs(limit);
    if (is_higher_better(metric) ? *value > limit + slack : *value < limit - slack) ++broken;
  }
  return broken;
}

namespace {

// Of the points that the limits leave: what the space is like.
void describe(Space& space, const SearchOutcome& everything, SearchedSpace& result) {
  std::vector<TraceTrial> beginnings;
  for (const auto& row : everything.ranking)
    if (!row.metrics.empty())
      beginnings.push_back(
          {row.contender, part_of_trace(space.contenders()[row.contender].requests, 0)});
  const auto begun = space.run(beginnings);
  std::size_t i = 0;
  for (const auto& row : everything.ranking) {
    if (row.metrics.empty()) continue;
    const MetricValues& beginning = *begun[i++].metrics;
    result.broken_limits += broken_limits(row.metrics, space.contenders()[row.contender].best);
    if (full_share(row.metrics) >= 0.97 && full_share(beginning) <= 0.7) ++result.late_kv_points;
    if (value_of(row.metrics, "prefix_hit_rate").value_or(0) > 0.05) result.has_prefix_reuse = true;
  }
}

}  // namespace

SearchedSpace search_space(const RandomSpace& random) {
  Space space(random);
  const RunTraces run = [&](const std::vector<TraceTrial>& trials) { return space.run(trials); };
  SearchedSpace result;
  const Objective& objective = *space.goal().objective;
  result.goal = (objective.maximise ? "maximize " : "minimize ") + objective.name;
  const auto everything = search_exhaustively(space.goal(), space.contenders(), run);
  const auto halving = search_by_halving(space.goal(), space.contenders(), run);
  for (const auto& contender : space.contenders())
    if (contender.refusal.empty()) ++result.points;
  result.optimum = best_value(everything, space.goal());
  result.found = best_value(halving, space.goal());
  if (result.optimum && result.found && *result.optimum != 0)
    result.regret = std::abs(*result.found / *result.optimum - 1);
  else
    result.regret = result.optimum.has_value() != result.found.has_value() ? 1 : 0;
  result.simulated_requests = halving.simulated_requests;
  result.exhaustive_requests = halving.exhaustive_requests;
  describe(space, everything, result);
  return result;
}

}  // namespace headroom::test
