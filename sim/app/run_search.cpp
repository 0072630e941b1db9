#include "sim/app/run_search.hpp"

#include <iostream>

#include "analysis/search/halving.hpp"
#include "sim/app/capacity_search.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/search_report.hpp"
#include "sim/app/search_runs.hpp"

namespace headroom {
namespace {

std::string closing_text(const SweepPlan& plan, const std::string& database) {
  return "whole runs are recorded in " + database + " as sweep " + std::to_string(plan.sweep_id) +
         '\n';
}

ExitCode find_capacity(const SweepPlan& plan, const SearchGoal& goal,
                       const SweepRunOptions& options, const std::string& database,
                       OutputFormat format) {
  const CapacityOutcome outcome = search_capacity(plan, goal, options, database);
  const CapacityReport report{plan, goal, outcome};
  switch (format) {
    case OutputFormat::kTable:
      write_standard_output(capacity_text(report) + closing_text(plan, database));
      break;
    case OutputFormat::kJson:
      write_standard_output(capacity_json(report));
      break;
    case OutputFormat::kCsv:
      print(capacity_rows(report), OutputFormat::kCsv);
      break;
  }
  const bool any = !outcome.rows.empty() && outcome.rows.front().highest.has_value();
  return any ? kExitDone : kExitUserError;
}

// The trials of a search, with a line on the terminal.
class WatchedRuns {
 public:
  explicit WatchedRuns(SearchRuns& runs) : runs_(runs), visible_(is_terminal_watching()) {}
  ~WatchedRuns() {
    if (visible_) std::cerr << "\r\033[K" << std::flush;
  }
  WatchedRuns(const WatchedRuns&) = delete;
  WatchedRuns& operator=(const WatchedRuns&) = delete;

  std::vector<TraceResult> run(const std::vector<TraceTrial>& trials) {
    auto results = runs_.run(trials);
    done_ += static_cast<std::int64_t>(trials.size());
    for (const auto& trial : trials) requests_ += trial.requests;
    if (visible_)
      std::cerr << "\r\033[Ksearching: " << human_count(done_) << " runs of "
                << human_count(requests_) << " requests" << std::flush;
    return results;
  }

 private:
  SearchRuns& runs_;
  bool visible_;
  std::int64_t done_ = 0, requests_ = 0;
};

SearchOutcome search(const SearchGoal& goal, const SearchSpace& space, SearchRuns& runs) {
  WatchedRuns watched(runs);
  const RunTraces run = [&](const std::vector<TraceTrial>& trials) { return watched.run(trials); };
  const bool everything =
      goal.method == SearchMethod::kExhaustive ||
      (goal.method == SearchMethod::kAuto && space.points.size() <= kSmallSpace);
  return everything ? search_exhaustively(goal, space.contenders, run)
                    : search_by_halving(goal, space.contenders, run);
}

}  // namespace

ExitCode run_search(const SweepPlan& plan, const SweepRunOptions& options,
                    const std::string& database, OutputFormat format) {
  const SearchGoal goal = read_goal(plan);
  if (goal.quest) return find_capacity(plan, goal, options, database, format);
  SearchRuns runs(plan, goal, options);
  runs.open(database);
  const SearchOutcome outcome = search(goal, runs.space(), runs);
  SearchReport report{plan, goal, runs.space(), outcome, {}};
  for (std::size_t c = 0; c < runs.space().points.size(); ++c)
    report.run_ids.push_back(runs.run_ids(c));
  switch (format) {
    case OutputFormat::kTable:
      write_standard_output(search_text(report) + closing_text(plan, database));
      break;
    case OutputFormat::kJson:
      write_standard_output(search_json(report));
      break;
    case OutputFormat::kCsv:
      print(search_table(report), OutputFormat::kCsv);
      break;
  }
  return outcome.ranking.front().standing == Standing::kBest ? kExitDone : kExitUserError;
}

}  // namespace headroom
