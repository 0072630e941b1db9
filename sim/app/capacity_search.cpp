#include "sim/app/capacity_search.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "analysis/search/bisection.hpp"
#include "analysis/search/contest.hpp"
#include "analysis/search/metric_bounds.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/planned_runs.hpp"
#include "sim/app/run_pool.hpp"
#include "sim/app/search_runs.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

// A point on its way to its capacity.
struct Climb {
  CapacityRow row;
  Bisection bisection;
  std::optional<double> value;  // being tried
};

class CapacitySearch {
 public:
  CapacitySearch(const SweepPlan& plan, const SearchGoal& goal, const SweepRunOptions& options)
      : plan_(plan), goal_(goal), options_(options), pool_(plan, options.pool) {
    for (std::size_t i = 0; i < plan.points.size(); ++i) {
      const Quest& quest = *goal.quest;
      climbs_.push_back({{}, {quest.from, quest.to, quest.tolerance, quest.whole}, {}});
      climbs_.back().row.point = i;
    }
  }

  std::vector<CapacityRow> climb() {
    while (true) {
      std::vector<std::size_t> going;
      for (std::size_t i = 0; i < climbs_.size(); ++i) {
        climbs_[i].value = climbs_[i].bisection.next();
        if (climbs_[i].value) going.push_back(i);
      }
      if (going.empty()) break;
      simulate(refute(going));
    }
    std::vector<CapacityRow> rows;
    for (auto& climb : climbs_) {
      climb.row.highest = climb.bisection.highest();
      climb.row.lowest_failure = climb.bisection.lowest_failure();
      if (climb.row.highest && !climb.row.lowest_failure)
        climb.row.reason = "holds at the upper end of the range";
      rows.push_back(std::move(climb.row));
    }
    return rows;
  }

 private:
  std::vector<std::string> settings_of(const Climb& climb) const {
    auto settings = plan_.points[climb.row.point].settings;
    settings.push_back(setting_of(*goal_.quest, *climb.value));
    return settings;
  }

  void fail(Climb& climb, std::string reason) {
    climb.row.reason = "at " + setting_of(*goal_.quest, *climb.value) + ": " + std::move(reason);
    climb.bisection.tell(*climb.value, false);
  }

  // Of those going, the ones that their limits leave a chance.
  std::vector<std::size_t> refute(const std::vector<std::size_t>& going) {
    const auto said =
        run_in_children(static_cast<int>(going.size()), options_.pool.jobs, [&](int i) {
          const Climb& climb = climbs_[going[static_cast<std::size_t>(i)]];
          const std::int64_t seed = plan_.points[climb.row.point].seed;
          const Scenario scenario = scenario_of(plan_, settings_of(climb), seed, false);
          if (!scenario.unfit.empty()) return scenario.unfit;
          if (const auto missing = missing_for(goal_, scenario); !missing.empty())
            throw UserError("error: " + plan_.file + ": " + missing);
          return refutation(goal_, metric_bounds(scenario).best);
        });
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < going.size(); ++i) {
      if (said[i].empty()) {
        left.push_back(going[i]);
        continue;
      }
      ++climbs_[going[i]].row.refuted;
      fail(climbs_[going[i]], said[i]);
    }
    return left;
  }

  void simulate(const std::vector<std::size_t>& going) {
    for (std::size_t next = 0, ended = 0; ended < going.size();) {
      for (; next < going.size() && pool_.has_free_lane(); ++next) {
        const Climb& climb = climbs_[going[next]];
        pool_.start(static_cast<std::int64_t>(going[next]), settings_of(climb),
                    plan_.points[climb.row.point].seed);
      }
      const auto run = pool_.wait();
      stop_if_interrupted();
      if (!run) continue;
      ++ended;
      Climb& climb = climbs_[static_cast<std::size_t>(run->ticket)];
      ++climb.row.simulated;
      if (!run->run) {
        fail(climb, run->reason);
        continue;
      }
      const MetricValues values = metric_values(run->run->metrics);
      const std::string missed = missed_text(goal_, values);
      if (missed.empty())
        climb.bisection.tell(*climb.value, true);
      else
        fail(climb, missed);
    }
  }

  const SweepPlan& plan_;
  const SearchGoal& goal_;
  SweepRunOptions options_;
  RunPool pool_;
  std::vector<Climb> climbs_;
};

// Runs at the values that were found, as the runs of their points.
void record_rows(const SweepPlan& plan, const SearchGoal& goal, const std::string& database,
                 SweepRunner& runner, std::vector<CapacityRow>& rows, int jobs) {
  std::vector<SweepPoint> points;
  for (const auto& row : rows) {
    if (!row.highest) continue;
    points.push_back(plan.points[row.point]);
    points.back().settings.push_back(setting_of(*goal.quest, *row.highest));
  }
  const auto runs = plan_runs(plan, points, jobs);
  runner.open(database);
  const auto ids = runner.execute(runs, [](const SweepCounts&) {});
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const auto* point : runs[i].points)
      for (auto& row : rows)
        if (plan.points[row.point].position == point->position) row.run_id = ids[i];
  for (auto& row : rows)
    if (row.run_id)
      row.metrics =
          recorded_result(runner.database(), *row.run_id).metrics.value_or(MetricValues{});
}

void sort_rows(const SearchGoal& goal, std::vector<CapacityRow>& rows) {
  constexpr double kNothing = -std::numeric_limits<double>::infinity();
  const auto merit = [&](const CapacityRow& row) {
    if (!row.highest) return kNothing;
    if (!goal.objective) return *row.highest;
    const auto value = value_of(row.metrics, goal.objective->name);
    if (!value) return kNothing;
    return goal.objective->maximise ? *value : -*value;
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& a, const auto& b) { return merit(a) > merit(b); });
}

}  // namespace

CapacityOutcome search_capacity(const SweepPlan& plan, const SearchGoal& goal,
                                const SweepRunOptions& options, const std::string& database) {
  SweepRunner runner(plan, options);
  CapacityOutcome outcome;
  outcome.rows = CapacitySearch(plan, goal, options).climb();
  for (const auto& row : outcome.rows) {
    outcome.simulated_runs += row.simulated;
    outcome.refuted_runs += row.refuted;
  }
  record_rows(plan, goal, database, runner, outcome.rows, options.pool.jobs);
  sort_rows(goal, outcome.rows);
  return outcome;
}

}  // namespace headroom
