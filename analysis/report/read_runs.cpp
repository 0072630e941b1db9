#include "analysis/report/read_runs.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "analysis/report/latency_quantiles.hpp"
#include "analysis/report/resource_use.hpp"
#include "analysis/report/rows_of_run.hpp"
#include "analysis/report/scenario_keys.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr const char* kFactsSql =
    "SELECT r.name, r.seed, r.repeat, r.status, r.reason, r.code_version, m.* "
    "FROM run r LEFT JOIN run_metric m USING (run_id) WHERE r.run_id = ?1";
// The text of a run of a sweep is that of its base, which its parameters change.
constexpr const char* kScenarioSql =
    "SELECT coalesce(s.text, base.text) FROM run r JOIN scenario s USING (scenario_id) "
    "LEFT JOIN scenario base ON base.scenario_id = s.base_scenario_id WHERE r.run_id = ?1";

// The place of a value in a list without repetitions, where it is put if it is not there.
template <class Value>
class Interned {
 public:
  explicit Interned(std::vector<Value>& list) : list_(list) {}
  std::size_t operator()(const Value& value) {
    const auto [found, is_new] = places_.emplace(value, list_.size());
    if (is_new) list_.push_back(value);
    return found->second;
  }

 private:
  std::vector<Value>& list_;
  std::map<Value, std::size_t> places_;
};

class Reader {
 public:
  explicit Reader(Database& database) : database_(database) {}

  ReportData read(const std::vector<std::int64_t>& run_ids) {
    for (const auto run_id : run_ids) {
      run_ = {};
      run_.run_id = run_id;
      read_facts();
      read_scenario();
      read_remarks();
      read_limits();
      read_ledger();
      run_.latencies = read_latencies(database_, run_id);
      run_.makespan_s = fact("makespan_s");
      run_.operating_point =
          operating_point(read_resource_totals(database_, run_id), run_.makespan_s, run_.devices);
      data_.runs.push_back(std::move(run_));
    }
    auto differing = differing_keys(scenarios_);
    data_.parameters = std::move(differing.keys);
    for (std::size_t r = 0; r < data_.runs.size(); ++r)
      data_.runs[r].parameters = std::move(differing.values[r]);
    return std::move(data_);
  }

 private:
  template <class Visit>
  void for_rows(std::string_view sql, Visit visit) {
    for_rows_of_run(database_, sql, run_.run_id, visit);
  }

  void read_facts() {
    bool found = false;
    for_rows(kFactsSql, [&](const Statement& row) {
      found = true;
      const bool first = data_.fact_columns.empty();
      for (int c = 0; c < row.columns(); ++c) {
        const std::string name = row.column_name(c);
        if (name == "run_id") continue;
        if (first) data_.fact_columns.push_back(name);
        run_.facts.push_back(row.cell(c));
      }
    });
    if (!found)
      throw UserError("there is no run " + std::to_string(run_.run_id) +
                      " in the file; the query 'summary' lists the runs");
  }

  // Of a column that holds reals; 0 where there is none.
  double fact(std::string_view column) const {
    const auto place = std::find(data_.fact_columns.begin(), data_.fact_columns.end(), column);
    const auto* value = std::get_if<double>(
        &run_.facts[static_cast<std::size_t>(place - data_.fact_columns.begin())]);
    return value != nullptr ? *value : 0;
  }

  void read_scenario() {
    StoredScenario stored;
    for_rows(kScenarioSql, [&](const Statement& row) { stored.text = row.text(0); });
    for_rows("SELECT key, value FROM param WHERE run_id = ?1 ORDER BY key",
             [&](const Statement& row) {
               stored.changes.push_back({row.text(0), row.text(1)});
             });
    for (std::size_t start = 0; start < stored.text.size();) {
      const auto end = std::min(stored.text.find('\n', start), stored.text.size());
      run_.scenario.push_back(lines_(stored.text.substr(start, end - start)));
      start = end + 1;
    }
    run_.changes = stored.changes;
    scenarios_.push_back(std::move(stored));
  }

  void read_remarks() {
    for_rows("SELECT text FROM warning WHERE run_id = ?1 ORDER BY position",
             [&](const Statement& row) { run_.warnings.push_back(row.text(0)); });
    const auto threshold = [](const Statement& row, int column) {
      const Cell cell = row.cell(column);
      const auto* value = std::get_if<double>(&cell);
      return value != nullptr ? std::optional(*value) : std::nullopt;
    };
    for_rows(
        "SELECT request_class, ttft_s, tpot_s, e2e_s FROM slo WHERE run_id = ?1 "
        "ORDER BY request_class",
        [&](const Statement& row) {
          run_.slos.push_back(
              {row.text(0), threshold(row, 1), threshold(row, 2), threshold(row, 3)});
        });
  }

  void read_limits() {
    for_rows(
        "SELECT name, metric, unit, source, value, binding_resource FROM \"limit\" "
        "WHERE run_id = ?1 ORDER BY position",
        [&](const Statement& row) {
          const auto kind = kinds_({row.text(0), row.text(1), row.text(2), row.text(3)});
          run_.limits.push_back({kind, row.real(4), row.text(5)});
        });
  }

  void read_ledger() {
    for_rows(
        "SELECT category, duration_ns, resource, devices FROM ledger WHERE run_id = ?1 "
        "ORDER BY position",
        [&](const Statement& row) {
          run_.ledger.push_back({categories_(row.text(0)), row.integer(1)});
          run_.ledger_resource = row.text(2);
          run_.devices = row.integer(3);
        });
  }

  Database& database_;
  ReportData data_;
  Interned<std::string> lines_{data_.scenario_lines}, categories_{data_.categories};
  Interned<LimitKind> kinds_{data_.limit_kinds};
  std::vector<StoredScenario> scenarios_;
  ReportRun run_;
};

}  // namespace

std::vector<std::int64_t> report_runs(Database& database) {
  Statement statement(database,
                      "SELECT r.run_id FROM run r LEFT JOIN (SELECT run_id, "
                      "min(sweep_id) AS sweep_id, min(position) AS position FROM sweep_run "
                      "GROUP BY run_id) s USING (run_id) ORDER BY s.sweep_id IS NULL, "
                      "s.sweep_id, s.position, r.name, r.seed, r.repeat, r.run_id");
  std::vector<std::int64_t> run_ids;
  while (statement.step()) run_ids.push_back(statement.integer(0));
  if (run_ids.size() > kMostReportRuns)
    throw UserError(database.path() + " holds " + std::to_string(run_ids.size()) +
                    " runs, and a report shows at most " + std::to_string(kMostReportRuns) +
                    "; choose with --runs");
  return run_ids;
}

ReportData read_runs(Database& database, const std::vector<std::int64_t>& run_ids) {
  return Reader(database).read(run_ids);
}

}  // namespace headroom
