#include "sim/app/optimize_command.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "analysis/search/search.hpp"
#include "analysis/search/system_space.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/app/scenario_options.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kShownLosers = 12;

// What a child sends back: one line of numbers and a name, or "!" and why there are none.
std::string packed(const SimulatedPoint& point) {
  std::ostringstream out;
  out.precision(17);
  out << point.output_tokens_per_s << ' ' << point.tpot_mean_s << ' ' << point.attained_fraction
      << ' ' << point.largest_wait;
  return out.str();
}

SearchTasks::Attempt unpacked(const std::string& text) {
  if (text.starts_with("!")) return {{}, text.substr(1)};
  std::istringstream in(text);
  SimulatedPoint point;
  in >> point.output_tokens_per_s >> point.tpot_mean_s >> point.attained_fraction;
  in >> point.largest_wait;
  return {point, ""};
}

std::string largest_wait(const std::vector<LedgerRow>& ledger) {
  const LedgerRow* largest = nullptr;
  for (const auto& row : ledger)
    if (row.category.starts_with("wait_") && row.duration_ns > 0 &&
        (largest == nullptr || row.duration_ns > largest->duration_ns))
      largest = &row;
  return largest == nullptr ? "" : largest->category;
}

SimulatedPoint point_of(const CompletedRun& run) {
  return {.output_tokens_per_s = run.metrics.output_tokens_per_s,
          .tpot_mean_s = run.metrics.tpot_s ? run.metrics.tpot_s->mean : 0.0,
          .attained_fraction = run.metrics.attained_fraction,
          .largest_wait = largest_wait(run.ledger)};
}

std::string joined(const Settings& settings) {
  if (settings.empty()) return "(the scenario as it is)";
  std::string text;
  for (const auto& setting : settings) text += (text.empty() ? "" : " ") + setting;
  return text;
}

Table table_of(const std::vector<SearchEntry>& entries) {
  Table table;
  table.columns = {
      {"fate"},         {"output_tokens_per_s"},    {"tpot_mean_s"}, {"attained_fraction"},
      {"largest_wait"}, {"estimated_tokens_per_s"}, {"settings"},    {"reason"}};
  for (const auto& entry : entries) {
    std::vector<Cell> row{std::string(name_of(entry.fate)), {},          {}, {}, {}, {},
                          joined(entry.settings),           entry.reason};
    if (entry.simulated) {
      row[1] = entry.simulated->output_tokens_per_s;
      row[2] = entry.simulated->tpot_mean_s;
      row[3] = entry.simulated->attained_fraction;
      row[4] = entry.simulated->largest_wait;
    }
    if (entry.estimate) row[5] = entry.estimate->output_tokens_per_s;
    table.rows.push_back(std::move(row));
  }
  return table;
}

class OptimizeCommand final : public Command {
 public:
  std::string name() const override { return "optimize"; }
  std::string summary() const override {
    return "search the best micro-batch, batches and placement of a system; memory is a hard limit";
  }
  std::string example() const override {
    return "headroom optimize scenarios/reproductions/moe_lightning_l4.yaml\n"
           "  headroom optimize scenarios/reproductions/flexgen_opt30b_t4.yaml --simulate 12 "
           "--format json";
  }

  void declare(OptionSet& options) override {
    scenario_.declare(options);
    options.count("--simulate", 1, 1000, simulate_,
                  "how many of the best estimates to simulate (default: 6)");
  }

  ExitCode execute() override {
    const Scenario base = scenario_.load();
    if (!base.offload)
      throw UserError("error: '" + scenario_.path +
                      "' has no `system:`; optimize varies micro-batches and placement of one");
    if (base.offload->workload.requests == 0)
      throw UserError("error: the workload of '" + scenario_.path + "' has no requests");
    const auto candidates = system_candidates(base);
    const auto entries =
        search(candidates, tasks(), static_cast<std::size_t>(simulate_.value_or(6)));
    show(base.name, entries);
    return kExitDone;
  }

 private:
  Scenario load(const Settings& settings) const {
    ScenarioOptions options = scenario_;
    options.overrides.insert(options.overrides.end(), settings.begin(), settings.end());
    return options.load();
  }

  SearchTasks tasks() const {
    return {.load = [this](const Settings& settings) { return load(settings); },
            .simulate = [this](const std::vector<Settings>& chosen) { return simulate(chosen); },
            .on_progress =
                [visible = is_terminal_watching()](std::size_t done, std::size_t all) {
                  stop_if_interrupted();
                  if (!visible || (done % 64 != 0 && done != all)) return;
                  std::cerr << "\rcandidates " << done << " of " << all
                            << (done == all ? ", simulating the best\n" : "") << std::flush;
                }};
  }

  std::vector<SearchTasks::Attempt> simulate(const std::vector<Settings>& chosen) const {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const auto texts = run_in_children(static_cast<int>(chosen.size()), cores, [&](int i) {
      try {
        const Scenario scenario = load(chosen[static_cast<std::size_t>(i)]);
        return packed(point_of(run_scenario(scenario, {RecordMode::kSummary, {}, false})));
      } catch (const UserError& error) {
        return std::string("!") + error.what();
      } catch (const Unfinished& error) {
        return std::string("!") + error.what();
      }
    });
    std::vector<SearchTasks::Attempt> attempts;
    for (const auto& text : texts) attempts.push_back(unpacked(text));
    return attempts;
  }

  void show(const std::string& name, const std::vector<SearchEntry>& entries) const {
    const OutputFormat format = scenario_.output_format();
    if (format != OutputFormat::kTable) return print(table_of(entries), format);
    write_standard_output(text_of(name, entries));
  }

  // The front and what was simulated in full; of the rest the best few, and how many lost why.
  static std::string text_of(const std::string& name, const std::vector<SearchEntry>& entries) {
    std::vector<SearchEntry> front, losers;
    std::array<std::int64_t, 5> counts{};
    std::array<std::int64_t, 5> shown{};
    for (const auto& entry : entries) {
      const auto fate = static_cast<std::size_t>(entry.fate);
      ++counts[fate];
      if (entry.fate == Fate::kFront) {
        front.push_back(entry);
      } else if (shown[fate]++ < kShownLosers) {
        losers.push_back(entry);
      }
    }
    std::string text = name + ": " + std::to_string(entries.size()) + " candidates, " +
                       std::to_string(counts[0] + counts[1] + counts[2]) + " simulated\n\n";
    text += "front: nothing simulated is both faster and quicker per token\n\n";
    text += rendered_text(front_table(front));
    text += "\nwhy the rest lost\n\n" + rendered_text(loser_table(losers)) + '\n';
    text += std::to_string(counts[1]) + " simulated and dominated, " + std::to_string(counts[3]) +
            " estimated lower than those simulated, " + std::to_string(counts[4]) +
            " refused (memory), " + std::to_string(counts[2]) + " failed; --format csv lists all\n";
    return text;
  }

  static Table front_table(const std::vector<SearchEntry>& entries) {
    Table table;
    table.columns = {
        {"output_tokens_per_s"}, {"tpot_mean_s"}, {"attained"}, {"largest_wait"}, {"settings"}};
    for (const auto& entry : entries)
      table.rows.push_back({entry.simulated->output_tokens_per_s, entry.simulated->tpot_mean_s,
                            entry.simulated->attained_fraction, entry.simulated->largest_wait,
                            joined(entry.settings)});
    return table;
  }

  static Table loser_table(const std::vector<SearchEntry>& entries) {
    Table table;
    table.columns = {{"fate"}, {"output_tokens_per_s"}, {"reason"}, {"settings"}};
    for (const auto& entry : entries) {
      const Cell rate = entry.simulated ? Cell{entry.simulated->output_tokens_per_s} : Cell{};
      table.rows.push_back(
          {std::string(name_of(entry.fate)), rate, entry.reason, joined(entry.settings)});
    }
    return table;
  }

  ScenarioOptions scenario_;
  std::optional<std::int64_t> simulate_;
};

}  // namespace

std::unique_ptr<Command> make_optimize_command() { return std::make_unique<OptimizeCommand>(); }

}  // namespace headroom
