#include "sim/app/search_runs.hpp"

#include <set>
#include <utility>

#include "sim/app/interrupt.hpp"
#include "sim/base/check.hpp"
#include "sim/record/statement.hpp"

namespace headroom {
namespace {

RunPoolOptions parts_options(const SweepRunOptions& options) {
  RunPoolOptions parts = options.pool;
  parts.mode = RecordMode::kSummary;
  return parts;
}

// One result of all seeds: the mean, or the first problem.
TraceResult joined(const std::vector<TraceResult>& seeds) {
  std::vector<MetricValues> values;
  for (const auto& seed : seeds) {
    if (!seed.metrics) return seed;
    values.push_back(*seed.metrics);
  }
  return {mean_values(values), ""};
}

}  // namespace

SearchRuns::SearchRuns(const SweepPlan& plan, const SearchGoal& goal,
                       const SweepRunOptions& options)
    : plan_(plan),
      planned_(plan_runs(plan, plan.points, options.pool.jobs)),
      space_(describe_space(plan, goal, options.pool.jobs)),
      parts_(plan, parts_options(options)),
      runner_(plan, options) {
  for (std::size_t i = 0; i < planned_.size(); ++i)
    for (const auto* point : planned_[i].points) planned_at_[point->position] = i;
}

std::vector<TraceResult> SearchRuns::run(const std::vector<TraceTrial>& trials) {
  std::vector<TraceTrial> parts, whole;
  for (const auto& trial : trials)
    (trial.requests < space_.contenders[trial.contender].requests ? parts : whole).push_back(trial);
  auto of_parts = run_parts(parts), of_whole = run_whole(whole);
  std::vector<TraceResult> results;
  std::size_t part = 0, full = 0;
  for (const auto& trial : trials)
    results.push_back(trial.requests < space_.contenders[trial.contender].requests
                          ? std::move(of_parts[part++])
                          : std::move(of_whole[full++]));
  return results;
}

std::vector<TraceResult> SearchRuns::run_parts(const std::vector<TraceTrial>& trials) {
  struct Job {
    std::size_t trial;
    std::vector<std::string> settings;
    std::int64_t seed;
  };
  std::vector<Job> jobs;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const SearchPoint& point = space_.points[trials[i].contender];
    const auto shorter = settings_of_part(point, trials[i].requests,
                                          space_.contenders[trials[i].contender].requests);
    for (const auto& replication : point.replications) {
      jobs.push_back({i, replication.settings, replication.seed});
      jobs.back().settings.insert(jobs.back().settings.end(), shorter.begin(), shorter.end());
    }
  }
  std::vector<std::vector<TraceResult>> results(trials.size());
  for (const auto& job : jobs) results[job.trial].emplace_back();
  std::vector<std::size_t> seed_of(jobs.size());
  std::vector<std::size_t> seen(trials.size());
  for (std::size_t j = 0; j < jobs.size(); ++j) seed_of[j] = seen[jobs[j].trial]++;
  for (std::size_t next = 0, ended = 0; ended < jobs.size();) {
    for (; next < jobs.size() && parts_.has_free_lane(); ++next)
      parts_.start(static_cast<std::int64_t>(next), jobs[next].settings, jobs[next].seed);
    const auto run = parts_.wait();
    stop_if_interrupted();
    if (!run) continue;
    ++ended;
    const auto j = static_cast<std::size_t>(run->ticket);
    TraceResult& result = results[jobs[j].trial][seed_of[j]];
    if (run->run) result.metrics = metric_values(run->run->metrics);
    result.problem = run->reason;
  }
  std::vector<TraceResult> means;
  for (const auto& seeds : results) means.push_back(joined(seeds));
  return means;
}

std::vector<TraceResult> SearchRuns::run_whole(const std::vector<TraceTrial>& trials) {
  if (trials.empty()) return {};
  std::set<std::size_t> wanted;  // two points may be the same run
  for (const auto& trial : trials)
    for (const auto& replication : space_.points[trial.contender].replications)
      wanted.insert(planned_at_.at(replication.position));
  std::vector<PlannedRun> runs;
  for (const std::size_t i : wanted) runs.push_back(planned_[i]);
  const auto ids = runner_.execute(runs, [](const SweepCounts&) {});
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (const auto* point : runs[i].points) ids_[point->position] = ids[i];
  std::vector<TraceResult> results;
  for (const auto& trial : trials) {
    std::vector<TraceResult> seeds;
    for (const std::int64_t id : run_ids(trial.contender))
      seeds.push_back(recorded_result(runner_.database(), id));
    results.push_back(joined(seeds));
  }
  return results;
}

std::vector<std::int64_t> SearchRuns::run_ids(std::size_t contender) const {
  std::vector<std::int64_t> ids;
  for (const auto& replication : space_.points[contender].replications)
    if (const auto found = ids_.find(replication.position); found != ids_.end())
      ids.push_back(found->second);
  return ids;
}

TraceResult recorded_result(Database& database, std::int64_t run_id) {
  Statement run(database, "SELECT status, reason FROM run WHERE run_id = ?");
  run.bind(1, run_id);
  HEADROOM_CHECK(run.step(), "run ", run_id, " was recorded");
  if (run.text(0) != "finished") return {std::nullopt, run.text(1)};
  Statement metrics(database, "SELECT * FROM run_metric WHERE run_id = ?");
  metrics.bind(1, run_id);
  HEADROOM_CHECK(metrics.step(), "the metrics of run ", run_id, " were recorded");
  MetricValues values;
  for (int column = 0; column < metrics.columns(); ++column) {
    const Cell cell = metrics.cell(column);
    if (!is_numeric_metric(metrics.column_name(column))) continue;
    if (const auto* real = std::get_if<double>(&cell)) values[metrics.column_name(column)] = *real;
    if (const auto* count = std::get_if<std::int64_t>(&cell))
      values[metrics.column_name(column)] = static_cast<double>(*count);
  }
  return {values, ""};
}

}  // namespace headroom
