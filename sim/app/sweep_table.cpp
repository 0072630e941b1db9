#include "sim/app/sweep_table.hpp"

#include <algorithm>

#include "sim/record/statement.hpp"

namespace headroom {
namespace {

void add_axis_columns(const SweepPlan& plan, Table& table) {
  table.columns.push_back({"position"});
  for (const auto& axis : plan.axes) table.columns.push_back({axis.name});
  if (plan.seeds > 1) table.columns.push_back({"seed"});
}

void add_axis_cells(const SweepPlan& plan, const SweepPoint& point, std::vector<Cell>& row) {
  row.emplace_back(point.position);
  for (std::size_t a = 0; a < plan.axes.size(); ++a)
    row.emplace_back(plan.axes[a].values[point.coordinates[a]].label);
  if (plan.seeds > 1) row.emplace_back(point.seed);
}

constexpr const char* kResults =
    "SELECT r.status, m.output_tokens_per_s, m.ttft_p99_s, m.tpot_p99_s, m.slo_attainment, "
    "m.attained_fraction, r.run_id, r.reason FROM sweep_run s JOIN run r USING (run_id) "
    "LEFT JOIN run_metric m USING (run_id) WHERE s.sweep_id = ? AND s.position = ?";

}  // namespace

Table sweep_table(Database& database, const SweepPlan& plan, std::span<const SweepPoint> points,
                  std::size_t most_rows) {
  Table table;
  add_axis_columns(plan, table);
  Statement query(database, kResults);
  for (int c = 0; c < query.columns(); ++c) table.columns.push_back({query.column_name(c)});
  for (const SweepPoint& point : points) {
    if (table.rows.size() == most_rows) break;
    query.bind(1, plan.sweep_id);
    query.bind(2, point.position);
    if (query.step()) {
      auto& row = table.rows.emplace_back();
      add_axis_cells(plan, point, row);
      for (int c = 0; c < query.columns(); ++c) row.push_back(query.cell(c));
    }
    query.reset();
  }
  return table;
}

Table points_table(const SweepPlan& plan, std::span<const SweepPoint> points,
                   std::span<const std::string> remarks) {
  Table table;
  add_axis_columns(plan, table);
  table.columns.push_back({"remark"});
  for (std::size_t i = 0; i < points.size(); ++i) {
    auto& row = table.rows.emplace_back();
    add_axis_cells(plan, points[i], row);
    row.emplace_back(remarks[i]);
  }
  return table;
}

}  // namespace headroom
