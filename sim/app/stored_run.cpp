#include "sim/app/stored_run.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "analysis/compare/stored_keys.hpp"
#include "sim/app/version.hpp"
#include "sim/base/check.hpp"
#include "sim/record/metric_columns.hpp"
#include "sim/record/statement.hpp"
#include "sim/scenario/identity.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

constexpr std::size_t kShortestIdPrefix = 3;
constexpr std::size_t kMostCandidates = 5;

std::vector<StoredRun> runs_where(Database& database, const std::string& condition,
                                  const std::string& value) {
  Statement query(database,
                  "SELECT run_id, scenario_id, seed, repeat, name, code_version, status, reason "
                  "FROM run WHERE " +
                      condition + " ORDER BY name, seed, repeat, run_id LIMIT " +
                      std::to_string(kMostCandidates + 1));
  if (query.parameters() > 0) query.bind(1, std::string_view(value));
  std::vector<StoredRun> runs;
  while (query.step())
    runs.push_back({query.integer(0), query.integer(1), query.integer(2), query.integer(3),
                    query.text(4), query.text(5), query.text(6), query.text(7)});
  return runs;
}

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

StoredRun only_of(const std::vector<StoredRun>& runs, const Database& database,
                  const std::string& reference) {
  if (runs.size() == 1) return runs.front();
  std::string listed;
  for (std::size_t i = 0; i < std::min(runs.size(), kMostCandidates); ++i)
    listed += "\n  " + std::to_string(runs[i].run_id) + "  " + runs[i].name + ", seed " +
              std::to_string(runs[i].seed) + ", repeat " + std::to_string(runs[i].repeat);
  if (runs.size() > kMostCandidates) listed += "\n  ...";
  throw UserError("error: '" + reference + "' is not one run of '" + database.path() +
                  "' but several; give the id of one:" + listed);
}

std::string metric_text(const Cell& cell) {
  if (const auto* real = std::get_if<double>(&cell)) {
    std::ostringstream text;
    text.precision(17);
    text << *real;
    return text.str();
  }
  if (const auto* integer = std::get_if<std::int64_t>(&cell)) return std::to_string(*integer);
  if (const auto* text = std::get_if<std::string>(&cell)) return "'" + *text + "'";
  return "absent";
}

// Where the relative paths of the scenario may have started.
std::vector<std::string> places(const Database& database, std::vector<std::string> folders) {
  folders.emplace_back("");
  folders.push_back(std::filesystem::path(database.path()).parent_path().string());
  return folders;
}

// What a scenario was loaded from: its own text, or the base of a sweep and what the sweep changed.
struct StoredText {
  std::string text;
  std::vector<std::string> overrides;
};

std::vector<std::string> sweep_overrides(Database& database, const StoredRun& run) {
  Statement query(database, "SELECT key, value FROM param WHERE run_id = ? ORDER BY key");
  query.bind(1, run.run_id);
  std::vector<std::string> overrides;
  while (query.step()) overrides.push_back(query.text(0) + '=' + query.text(1));
  overrides.push_back("seed=" + std::to_string(run.seed));
  return overrides;
}

// Usually one. A run that several sweeps have, whose bases differ, may come from any of them.
std::vector<StoredText> stored_texts(Database& database, const StoredRun& run) {
  std::vector<StoredText> texts;
  Statement own(database, "SELECT text FROM scenario WHERE scenario_id = ? AND text IS NOT NULL");
  own.bind(1, run.scenario_id);
  if (own.step()) return {{own.text(0), {}}};
  Statement bases(database,
                  "SELECT text FROM scenario WHERE text IS NOT NULL AND scenario_id IN ("
                  "SELECT base_scenario_id FROM scenario WHERE scenario_id = ?1 UNION "
                  "SELECT s.base_scenario_id FROM sweep s JOIN sweep_run r USING (sweep_id) "
                  "WHERE r.run_id = ?2) ORDER BY scenario_id");
  bases.bind(1, run.scenario_id);
  bases.bind(2, run.run_id);
  while (bases.step()) texts.push_back({bases.text(0), sweep_overrides(database, run)});
  HEADROOM_CHECK(!texts.empty(), "a run has its scenario, run of scenario ", run.scenario_id);
  return texts;
}

// What the text is called in messages.
std::string shown_scenario(std::int64_t run_id) {
  return "scenario of run " + std::to_string(run_id);
}

std::string code_versions(const StoredRun& run) {
  const std::string now(code_version());
  return now == run.code_version
             ? "recorded by this code version, " + now
             : "recorded by code version " + run.code_version + ", this is " + now;
}

StoredRun stored_run(Database& database, std::int64_t run_id) {
  const auto runs = runs_where(database, "run_id = " + std::to_string(run_id), "");
  if (runs.empty())
    throw UserError("error: there is no run " + std::to_string(run_id) + " in '" + database.path() +
                    "'; the query 'summary' lists the runs");
  return runs.front();
}

}  // namespace

StoredRun find_stored_run(Database& database, const std::string& reference) {
  std::vector<std::string> conditions{"name = ?1"};
  if (is_number(reference)) conditions.insert(conditions.begin(), "run_id = CAST(?1 AS INTEGER)");
  if (reference == "latest") conditions.emplace_back("run_id = (SELECT run_id FROM latest_run)");
  if (is_number(reference) && reference.size() >= kShortestIdPrefix)
    conditions.emplace_back("substr(run_id, 1, length(?1)) = ?1");
  if (!reference.empty()) conditions.emplace_back("substr(name, 1, length(?1)) = ?1");
  for (const auto& condition : conditions)
    if (const auto runs = runs_where(database, condition, reference); !runs.empty())
      return only_of(runs, database, reference);
  throw UserError("error: there is no run '" + reference + "' in '" + database.path() +
                  "': no id and no name begins so; the query 'summary' lists the runs");
}

void require_finished(const StoredRun& run) {
  if (run.status != "finished")
    throw UserError("error: run " + std::to_string(run.run_id) +
                    " failed and has nothing to show: " + run.reason);
}

Scenario load_stored_scenario(Database& database, std::int64_t run_id,
                              const std::vector<std::string>& folders) {
  const StoredRun run = stored_run(database, run_id);
  const std::string shown = shown_scenario(run_id);
  std::optional<std::string> problem;
  for (const auto& [text, overrides] : stored_texts(database, run))
    for (const auto& folder : places(database, folders)) {
      try {
        Scenario scenario =
            load_scenario_text(text, shown, {.overrides = overrides, .base_directory = folder});
        if (static_cast<std::int64_t>(scenario_hash(scenario)) == run.scenario_id) return scenario;
        problem = "error: " + shown + ": it is not the scenario it was: " +
                  (scenario.input_files.empty() ? "" : "a file that it reads has changed, or ") +
                  "this version of the program reads it differently (" + code_versions(run) + ")";
      } catch (const UserError& error) {
        if (!problem) problem = error.what();
      }
    }
  throw UserError(*problem);
}

std::vector<ResolvedKey> stored_scenario_keys(Database& database, std::int64_t run_id,
                                              const std::vector<std::string>& folders) {
  const StoredRun run = stored_run(database, run_id);
  const auto texts = stored_texts(database, run);
  if (texts.front().overrides.empty()) return stored_keys(texts.front().text);
  auto keys = load_stored_scenario(database, run_id, folders).keys;
  for (ResolvedKey& key : keys) {
    if (key.origin.starts_with("--set")) key.origin = "axis";
    if (key.origin.starts_with(shown_scenario(run_id))) key.origin = "base of the sweep";
  }
  return keys;
}

void require_same_metrics(Database& database, std::int64_t run_id, const RunMetrics& metrics) {
  const auto columns = metric_columns(metrics);
  std::string names;
  for (const auto& column : columns) names += (names.empty() ? "" : ", ") + column.name;
  Statement query(database, "SELECT " + names + " FROM run_metric WHERE run_id = ?");
  query.bind(1, run_id);
  const StoredRun run = stored_run(database, run_id);
  if (!query.step())
    throw UserError("error: run " + std::to_string(run_id) + " has no result to show" +
                    (run.reason.empty() ? "" : ": it failed: " + run.reason));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Cell stored = query.cell(static_cast<int>(i));
    if (stored == columns[i].value) continue;
    throw UserError("error: run " + std::to_string(run_id) +
                    " does not come out as it was recorded: " + columns[i].name + " is " +
                    metric_text(stored) + " in the file and " + metric_text(columns[i].value) +
                    " now (" + code_versions(run) + "); simulate it anew with headroom run");
  }
}

CompletedRun rerun(Database& database, std::int64_t run_id, const Scenario& scenario,
                   const RunControl& control) {
  require_finished(stored_run(database, run_id));
  CompletedRun completed = run_scenario(scenario, control);
  require_same_metrics(database, run_id, completed.metrics);
  return completed;
}

}  // namespace headroom
