#include "sim/app/search_report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "sim/app/human_number.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostShown = 20;

std::string goal_text(const SearchGoal& goal) {
  std::string text;
  if (goal.quest) text = "the highest " + goal.quest->key;
  if (goal.objective)
    text += std::string(text.empty() ? "" : ", ") +
            (goal.objective->maximise ? "maximize " : "minimize ") + goal.objective->name;
  for (std::size_t i = 0; i < goal.conditions.size(); ++i)
    text += (i == 0 ? " subject to " : ", ") + goal.conditions[i].text;
  return text;
}

Cell cell_of(const std::optional<double>& value) { return value ? Cell(*value) : Cell(); }

void add_axis_columns(const SweepPlan& plan, Table& table) {
  for (const auto& axis : plan.axes) table.columns.push_back({axis.name});
}
void add_axis_cells(const SweepPlan& plan, const SweepPoint& point, std::vector<Cell>& row) {
  for (std::size_t a = 0; a < plan.axes.size(); ++a)
    row.emplace_back(plan.axes[a].values[point.coordinates[a]].label);
}

Json axis_labels(const SweepPlan& plan, const SweepPoint& point) {
  Json labels = Json::object();
  for (std::size_t a = 0; a < plan.axes.size(); ++a)
    labels[plan.axes[a].name] = plan.axes[a].values[point.coordinates[a]].label;
  return labels;
}

Json metric_object(const SearchGoal& goal, const MetricValues& values) {
  Json object = Json::object();
  for (const auto& metric : goal.metrics()) {
    const auto value = value_of(values, metric);
    object[metric] = value ? Json(*value) : Json();
  }
  return object;
}

const SweepPoint& first_of(const SearchReport& report, const Ranked& row) {
  return report.space.points[row.contender].replications.front();
}

Table ranking_table(const SearchReport& report, std::size_t most) {
  Table table{{{"standing"}}, {}};
  const auto metrics = report.goal.metrics();
  for (const auto& metric : metrics) table.columns.push_back({metric});
  table.columns.push_back({"simulated_requests"});
  add_axis_columns(report.plan, table);
  table.columns.push_back({"run_id"});
  table.columns.push_back({"reason"});
  for (const auto& row : report.outcome.ranking) {
    if (table.rows.size() == most) break;
    std::vector<Cell> cells{std::string(name_of(row.standing))};
    for (const auto& metric : metrics) cells.push_back(cell_of(value_of(row.metrics, metric)));
    cells.emplace_back(row.simulated_requests);
    add_axis_cells(report.plan, first_of(report, row), cells);
    const auto& ids = report.run_ids[row.contender];
    cells.push_back(ids.empty() ? Cell() : Cell(ids.front()));
    cells.emplace_back(row.reason);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::array<std::int64_t, kStandings> counts_of(const SearchOutcome& outcome) {
  std::array<std::int64_t, kStandings> counts{};
  for (const auto& row : outcome.ranking) ++counts[static_cast<std::size_t>(row.standing)];
  return counts;
}

std::string cost_text(const SearchReport& report) {
  const SearchOutcome& outcome = report.outcome;
  const auto counts = counts_of(outcome);
  const auto count = [&](Standing standing) {
    return human_count(counts[static_cast<std::size_t>(standing)]);
  };
  const double share = outcome.exhaustive_requests == 0
                           ? 0
                           : static_cast<double>(outcome.simulated_requests) /
                                 static_cast<double>(outcome.exhaustive_requests);
  std::string text = "simulated " + human_count(outcome.simulated_requests) + " of " +
                     human_count(outcome.exhaustive_requests) + " requests (" +
                     human_percent(share) + ") in " + human_count(outcome.runs) +
                     " runs; never simulated: " + count(Standing::kRefuted) +
                     " refuted by their limits, " + count(Standing::kUntried) +
                     " whose limit is worse than the best, " + count(Standing::kUnfit) + " unfit\n";
  if (outcome.is_open)
    text += "the budget is spent; a larger `search.budget` could still find a better one\n";
  return text;
}

std::string best_text(const SearchReport& report) {
  if (report.outcome.ranking.empty() || report.outcome.ranking.front().standing != Standing::kBest)
    return std::string("nothing meets the conditions") +
           (report.outcome.is_open ? " of what was tried over its whole trace\n" : "\n");
  const Ranked& best = report.outcome.ranking.front();
  const SweepPoint& point = first_of(report, best);
  std::string text = "best:";
  for (std::size_t a = 0; a < report.plan.axes.size(); ++a)
    text += ' ' + report.plan.axes[a].name + '=' +
            report.plan.axes[a].values[point.coordinates[a]].label;
  text += '\n';
  for (const auto& metric : report.goal.metrics())
    text += "  " + metric_text(metric, best.metrics) + '\n';
  for (const std::int64_t id : report.run_ids[best.contender])
    text += "  run " + std::to_string(id) + '\n';
  return text;
}

}  // namespace

Table search_table(const SearchReport& report) {
  return ranking_table(report, report.outcome.ranking.size());
}

std::string search_text(const SearchReport& report) {
  std::string text = report.plan.name + ": " +
                     human_count(static_cast<std::int64_t>(report.space.points.size())) +
                     " points, " + goal_text(report.goal) + "\n\n" + best_text(report) + '\n' +
                     rendered_text(ranking_table(report, kMostShown)) + '\n';
  if (report.outcome.ranking.size() > kMostShown)
    text += "the first " + std::to_string(kMostShown) + " of " +
            human_count(static_cast<std::int64_t>(report.outcome.ranking.size())) +
            " points; --format csv lists all\n";
  return text + cost_text(report);
}

std::string search_json(const SearchReport& report) {
  Json json{{"name", report.plan.name}, {"goal", goal_text(report.goal)}, {"best", nullptr}};
  json["ranking"] = Json::array();
  for (const auto& row : report.outcome.ranking) {
    const SweepPoint& point = first_of(report, row);
    Json ids = Json::array();
    for (const std::int64_t id : report.run_ids[row.contender]) ids.push_back(std::to_string(id));
    json["ranking"].push_back({{"position", point.position},
                               {"standing", name_of(row.standing)},
                               {"point", axis_labels(report.plan, point)},
                               {"settings", point.settings},
                               {"simulated_requests", row.simulated_requests},
                               {"metrics", metric_object(report.goal, row.metrics)},
                               {"run_ids", std::move(ids)},
                               {"reason", row.reason}});
    if (row.standing == Standing::kBest) json["best"] = json["ranking"].back();
  }
  json["simulated_requests"] = report.outcome.simulated_requests;
  json["exhaustive_requests"] = report.outcome.exhaustive_requests;
  json["runs"] = report.outcome.runs;
  json["budget_spent"] = report.outcome.is_open;
  const auto counts = counts_of(report.outcome);
  for (std::size_t i = 0; i < counts.size(); ++i)
    json["standings"][std::string(name_of(static_cast<Standing>(i)))] = counts[i];
  return json.dump(2) + '\n';
}

Table capacity_rows(const CapacityReport& report) {
  const Quest& quest = *report.goal.quest;
  const std::string unit = quest.unit.empty() ? "" : " (" + quest.unit + ')';
  Table table;
  add_axis_columns(report.plan, table);
  if (report.plan.seeds > 1) table.columns.push_back({"seed"});
  table.columns.push_back({"highest " + quest.key + unit});
  table.columns.push_back({"fails at"});
  const auto metrics = report.goal.metrics();
  for (const auto& metric : metrics) table.columns.push_back({metric});
  for (const char* name : {"simulated", "refuted", "run_id", "reason"})
    table.columns.push_back({name});
  for (const auto& row : report.outcome.rows) {
    const SweepPoint& point = report.plan.points[row.point];
    std::vector<Cell> cells;
    add_axis_cells(report.plan, point, cells);
    if (report.plan.seeds > 1) cells.emplace_back(point.seed);
    cells.push_back(cell_of(row.highest));
    cells.push_back(cell_of(row.lowest_failure));
    for (const auto& metric : metrics) cells.push_back(cell_of(value_of(row.metrics, metric)));
    cells.emplace_back(row.simulated);
    cells.emplace_back(row.refuted);
    cells.push_back(row.run_id ? Cell(*row.run_id) : Cell());
    cells.emplace_back(row.reason);
    table.rows.push_back(std::move(cells));
  }
  return table;
}

std::string capacity_text(const CapacityReport& report) {
  return report.plan.name + ": " +
         human_count(static_cast<std::int64_t>(report.plan.points.size())) + " points, " +
         goal_text(report.goal) + "\n\n" + rendered_text(capacity_rows(report)) + '\n' +
         human_count(report.outcome.simulated_runs) + " values simulated, " +
         human_count(report.outcome.refuted_runs) + " refuted by their limits\n";
}

std::string capacity_json(const CapacityReport& report) {
  Json json{{"name", report.plan.name},
            {"goal", goal_text(report.goal)},
            {"key", report.goal.quest->key},
            {"unit", report.goal.quest->unit}};
  json["points"] = Json::array();
  for (const auto& row : report.outcome.rows) {
    const SweepPoint& point = report.plan.points[row.point];
    json["points"].push_back(
        {{"position", point.position},
         {"point", axis_labels(report.plan, point)},
         {"highest", row.highest ? Json(*row.highest) : Json()},
         {"lowest_failure", row.lowest_failure ? Json(*row.lowest_failure) : Json()},
         {"metrics", metric_object(report.goal, row.metrics)},
         {"run_id", row.run_id ? Json(std::to_string(*row.run_id)) : Json()},
         {"simulated", row.simulated},
         {"refuted", row.refuted},
         {"reason", row.reason}});
  }
  json["simulated_runs"] = report.outcome.simulated_runs;
  json["refuted_runs"] = report.outcome.refuted_runs;
  return json.dump(2) + '\n';
}

}  // namespace headroom
