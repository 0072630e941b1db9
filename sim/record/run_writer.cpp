#include "sim/record/run_writer.hpp"

#include "sim/base/random.hpp"
#include "sim/record/metric_columns.hpp"
#include "sim/record/run_tables.hpp"
#include "sim/record/statement.hpp"
#include "sim/record/sweep_rows.hpp"

namespace headroom {
namespace {

constexpr std::uint64_t kPositive = ~std::uint64_t{0} >> 1;

std::int64_t scenario_id_of(const RunIdentity& identity) {
  return static_cast<std::int64_t>(identity.scenario_hash & kPositive);
}

void bind_cell(Statement& statement, int parameter, const Cell& cell) {
  std::visit(
      [&](const auto& value) {
        if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::monostate>) {
          statement.bind(parameter, nullptr);
        } else {
          statement.bind(parameter, value);
        }
      },
      cell);
}

}  // namespace

std::int64_t run_id_of(const RunIdentity& identity, std::int64_t repeat) {
  std::uint64_t hash = identity.scenario_hash & kPositive;
  for (const std::uint64_t part :
       {static_cast<std::uint64_t>(identity.seed), hash_text(identity.code_version),
        static_cast<std::uint64_t>(repeat)})
    hash = mix_bits(hash * 0x9e3779b97f4a7c15ULL + part + 1);
  return static_cast<std::int64_t>(hash & kPositive);
}

std::int64_t last_repeat(Database& database, const RunIdentity& identity) {
  // Repeats have no gaps: double until one is absent, then halve.
  RunStates states(database);
  const auto is_there = [&](std::int64_t repeat) {
    return states.of(run_id_of(identity, repeat)) != RunState::kAbsent;
  };
  std::int64_t absent = 0, step = 1, low = -1;
  while (is_there(absent)) {
    low = absent;
    absent += step;
    step *= 2;
  }
  while (absent - low > 1) {
    const std::int64_t middle = low + (absent - low) / 2;
    (is_there(middle) ? low : absent) = middle;
  }
  return low;
}

RunWriter::RunWriter(Database& database, const RunIdentity& identity)
    : database_(database),
      transaction_(database),
      repeat_(last_repeat(database, identity) + 1),
      run_id_(run_id_of(identity, repeat_)) {
  start(identity);
}

RunWriter::RunWriter(Database& database, const RunIdentity& identity, std::int64_t repeat)
    : database_(database),
      transaction_(database),
      repeat_(repeat),
      run_id_(run_id_of(identity, repeat)) {
  start(identity);
}

void RunWriter::start(const RunIdentity& identity) {
  const std::int64_t scenario_id = scenario_id_of(identity);
  if (identity.base_scenario_id) {
    // Of several bases that lead to the same scenario one stands, whatever the order of the runs.
    Statement(database_,
              "INSERT INTO scenario VALUES (?, NULL, ?) ON CONFLICT DO UPDATE SET "
              "base_scenario_id = excluded.base_scenario_id "
              "WHERE text IS NULL AND excluded.base_scenario_id < base_scenario_id")
        .run(scenario_id, *identity.base_scenario_id);
  } else {
    // Equal content may have been reached by different ways (a file, --set); the first text stands
    // for all.
    Statement(database_,
              "INSERT INTO scenario VALUES (?, ?, NULL) ON CONFLICT DO UPDATE SET "
              "text = excluded.text, base_scenario_id = NULL WHERE text IS NULL")
        .run(scenario_id, std::string_view(identity.scenario_text));
  }
  if (RunStates(database_).of(run_id_) != RunState::kAbsent) {
    for (const std::string_view table : kRunTables)
      Statement(database_, "DELETE FROM " + std::string(table) + " WHERE run_id = ?").run(run_id_);
    Statement(database_, "UPDATE run SET status = 'finished', reason = '' WHERE run_id = ?")
        .run(run_id_);
    return;
  }
  Statement(database_, "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?, 'finished', '')")
      .run(run_id_, std::string_view(identity.name), scenario_id, identity.seed,
           std::string_view(identity.code_version), repeat_);
}

void RunWriter::mark_failed(std::string_view reason) {
  Statement(database_, "UPDATE run SET status = 'failed', reason = ? WHERE run_id = ?")
      .run(reason, run_id_);
}

void RunWriter::metrics(const RunMetrics& metrics) {
  const std::vector<NamedMetric> columns = metric_columns(metrics);
  std::string names = "run_id";
  std::string values = "?";
  for (const NamedMetric& column : columns) {
    names += ", " + column.name;
    values += ", ?";
  }
  Statement statement(database_, "INSERT INTO run_metric (" + names + ") VALUES (" + values + ")");
  statement.bind(1, run_id_);
  int parameter = 1;
  for (const NamedMetric& column : columns) bind_cell(statement, ++parameter, column.value);
  statement.finish();
}

void RunWriter::host(const HostFacts& facts) {
  Statement(database_, "INSERT INTO run_host VALUES (?, ?, ?, ?, ?, ?)")
      .run(run_id_, facts.wall_s, facts.cpu_s, facts.peak_rss_bytes,
           std::string_view(facts.started_at), std::string_view(facts.host));
}

std::int64_t RunWriter::commit() {
  transaction_.commit();
  return run_id_;
}

}  // namespace headroom
