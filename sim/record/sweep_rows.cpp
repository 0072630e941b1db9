#include "sim/record/sweep_rows.hpp"

#include <string_view>

namespace headroom {

void record_sweep(Database& database, const SweepRecord& sweep) {
  Transaction transaction(database);
  Statement(database, "INSERT OR IGNORE INTO scenario VALUES (?, ?, NULL)")
      .run(sweep.base_scenario_id, std::string_view(sweep.base_text));
  Statement(database, "INSERT OR IGNORE INTO sweep VALUES (?, ?, ?, ?, ?)")
      .run(sweep.sweep_id, std::string_view(sweep.name), std::string_view(sweep.text),
           sweep.base_scenario_id, sweep.points);
  Statement insert(database, "INSERT OR IGNORE INTO axis_value VALUES (?, ?, ?, ?, ?)");
  for (const AxisValueRow& row : sweep.values)
    insert.run(sweep.sweep_id, row.axis, row.value, std::string_view(row.name),
               std::string_view(row.label));
  transaction.commit();
}

RunStates::RunStates(Database& database)
    : state_(database, "SELECT status = 'finished' FROM run WHERE run_id = ?"),
      place_(database,
             "SELECT 1 FROM sweep_run WHERE sweep_id = ? AND position = ? AND run_id = ?") {}

RunState RunStates::of(std::int64_t run_id) {
  state_.bind(1, run_id);
  const bool is_there = state_.step();
  const bool has_finished = is_there && state_.integer(0) != 0;
  state_.reset();
  if (!is_there) return RunState::kAbsent;
  return has_finished ? RunState::kFinished : RunState::kFailed;
}

bool RunStates::is_placed(std::int64_t sweep_id, std::int64_t position, std::int64_t run_id) {
  place_.bind(1, sweep_id);
  place_.bind(2, position);
  place_.bind(3, run_id);
  const bool is_there = place_.step();
  place_.reset();
  return is_there;
}

void place_run(Database& database, std::int64_t run_id, const SweepPlace& place) {
  Statement(database,
            "INSERT INTO sweep_run VALUES (?, ?, ?, ?) "
            "ON CONFLICT DO UPDATE SET run_id = excluded.run_id")
      .run(place.sweep_id, place.position, run_id, std::string_view(place.coordinates));
  insert_params(database, run_id, place.params);
}

void insert_params(Database& database, std::int64_t run_id, std::span<const ParamRow> params) {
  Statement insert(database,
                   "INSERT INTO param VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET "
                   "value = excluded.value, number = excluded.number, unit = excluded.unit "
                   "WHERE excluded.value < value");
  for (const ParamRow& row : params)
    insert.run(run_id, std::string_view(row.key), std::string_view(row.value), row.number,
               std::string_view(row.unit), std::string_view(row.source));
}

}  // namespace headroom
