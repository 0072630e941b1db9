#include "sim/app/validate_runs.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <optional>
#include <string>
#include <thread>

#include "analysis/validate/efficiency_fit.hpp"
#include "analysis/validate/run_prediction.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

// A number as the shortest text that reads as the same number.
std::string exact_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

struct Job {
  const ValidationCase* validation;
  const PlannedRow* row;
};

// What a child says of its row: a number, why there is none, or that the scenario is wrong.
constexpr char kPredicted = 'p', kNoPrediction = 'n', kWrong = 'w';

Scenario load(const Job& job) {
  LoadOptions options;
  options.overrides = job.row->overrides;
  if (const auto& efficiency = job.validation->efficiency)
    options.overrides.push_back(efficiency->key + '=' + exact_text(efficiency->value));
  return load_scenario_text(job.row->scenario, job.validation->file, options);
}

// What an override of the row did wrong stands at the row.
std::string placed_at_row(const ConfigError& error, const Job& job) {
  Diagnostics placed;
  for (const auto& found : error.diagnostics()) {
    const bool in_row = found.where.file.starts_with("--set");
    const std::string line = "row of line " + std::to_string(job.row->line) + ": ";
    placed.error(in_row ? job.row->where : found.where,
                 line + (in_row ? found.where.file + ": " : "") + found.message);
  }
  try {
    placed.throw_if_any();
  } catch (const ConfigError& complete) {
    return complete.what();
  }
  return error.what();
}

std::string attempt(const Job& job) {
  try {
    const Scenario scenario = load(job);
    RunControl control;
    control.mode = RecordMode::kSummary;
    const CompletedRun run = run_scenario(scenario, control);
    if (run.metrics.completed < run.metrics.requests)
      return std::string(1, kNoPrediction) + "only " + std::to_string(run.metrics.completed) +
             " of " + std::to_string(run.metrics.requests) + " requests completed";
    if (const auto value = prediction(run.metrics, job.row->metric))
      return kPredicted + exact_text(*value);
    return std::string(1, kNoPrediction) + "the run has no " + job.row->metric;
  } catch (const ConfigError& error) {
    return kWrong + placed_at_row(error, job);
  } catch (const UserError& error) {
    return std::string(1, kNoPrediction) + error.what();
  } catch (const Unfinished& error) {
    return std::string(1, kNoPrediction) + error.what();
  }
}

Comparison comparison_of(const Job& job) {
  const auto& [validation, row] = job;
  Comparison comparison{.case_name = validation->name,
                        .group = validation->group,
                        .label = row->label,
                        .metric = row->metric,
                        .line = row->line,
                        .use = row->use,
                        .measured = row->measured,
                        .predicted = {},
                        .why = row->why,
                        .efficiency = {}};
  if (row->use != RowUse::kExcluded && validation->efficiency)
    comparison.efficiency = validation->efficiency->value;
  return comparison;
}

std::vector<Comparison> compare(const std::vector<Job>& jobs) {
  std::vector<Comparison> comparisons;
  std::vector<std::size_t> to_run;
  for (const auto& job : jobs) {
    if (job.row->use != RowUse::kExcluded) to_run.push_back(comparisons.size());
    comparisons.push_back(comparison_of(job));
  }
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  const auto said = run_in_children(static_cast<int>(to_run.size()), cores, [&](int i) {
    return attempt(jobs[to_run[static_cast<std::size_t>(i)]]);
  });
  std::string wrong;
  for (std::size_t i = 0; i < said.size(); ++i) {
    HEADROOM_CHECK(!said[i].empty(), "a child says how its row went");
    const std::string text = said[i].substr(1);
    auto& comparison = comparisons[to_run[i]];
    if (said[i][0] == kPredicted)
      comparison.predicted = std::strtod(text.c_str(), nullptr);
    else if (said[i][0] == kNoPrediction)
      comparison.why = text;
    else
      wrong += (wrong.empty() ? "" : "\n") + text;
  }
  if (!wrong.empty()) throw UserError(wrong);
  return comparisons;
}

}  // namespace

std::vector<Comparison> compare_rows(const std::vector<PlannedCase>& cases) {
  std::vector<Job> jobs;
  for (const auto& planned : cases)
    for (const auto& row : planned.rows) jobs.push_back({&planned.validation, &row});
  return compare(jobs);
}

FitResult fit_efficiency(const PlannedCase& planned) {
  ValidationCase tried = planned.validation;
  HEADROOM_CHECK(tried.efficiency.has_value(), "a case to fit has an efficiency");
  std::vector<Job> jobs;
  for (const auto& row : planned.rows)
    if (row.use == RowUse::kFit) jobs.push_back({&tried, &row});
  EfficiencyFit fit(tried.efficiency->value);
  while (!fit.is_done()) {
    tried.efficiency->value = fit.candidate();
    const auto comparisons = compare(jobs);
    const auto ratio = log_speed_ratio(comparisons);
    if (!ratio)
      throw UserError("error: no fitted row of " + tried.name +
                      " could be run: " + (comparisons.empty() ? "" : comparisons.front().why));
    fit.observe(*ratio);
  }
  return {fit.candidate(), fit.has_converged()};
}

}  // namespace headroom
