#include "sim/app/explain_command.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "analysis/explain/explanation.hpp"
#include "analysis/metrics/named_metric.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/explain_report.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/app/scenario_options.hpp"
#include "sim/base/check.hpp"
#include "sim/config/diagnostics.hpp"
#include "sim/config/quote.hpp"

namespace headroom {
namespace {

// What a child says: the run, or why there is none.
constexpr char kRun = 'r', kProblem = 'p';

// The message of a scenario that cannot be, without "error:" and the position of the setting.
std::string said_of(const std::string& message) {
  const auto marker = message.find("error: ");
  return marker == std::string::npos ? message : message.substr(marker + 7);
}

class ExplainCommand final : public Command {
 public:
  std::string name() const override { return "explain"; }
  std::string summary() const override {
    return "which resource is worth buying: elasticities of a metric, the next bottleneck";
  }
  std::string example() const override {
    return "headroom explain scenarios/examples/closed_loop.yaml --metric tpot_mean_s\n"
           "  headroom explain scenarios/examples/mixtral_on_a_4090.yaml --format json";
  }

  void declare(OptionSet& options) override {
    scenario_.declare(options);
    options.optional_text("--metric", "NAME", metric_,
                          "a column of run_metric, such as ttft_p99_s (default: tpot_mean_s where "
                          "arrivals bind the run, otherwise output_tokens_per_s)");
  }

  ExitCode execute() override {
    if (metric_ && !is_numeric_metric(*metric_))
      throw UserError("error: " + quote(*metric_) + " is no metric of a run" +
                      suggest(*metric_, numeric_metric_names(), "metrics"));
    const Scenario scenario = scenario_.load();
    const auto explanation =
        explain(resources_of(scenario), pinned_settings(scenario), metric_,
                [this](const std::vector<std::vector<std::string>>& all) { return run(all); });
    switch (scenario_.output_format()) {
      case OutputFormat::kTable:
        write_standard_output(explain_text(scenario.name, explanation));
        break;
      case OutputFormat::kJson:
        write_standard_output(explain_json(scenario.name, explanation));
        break;
      case OutputFormat::kCsv:
        print(explain_table(explanation), OutputFormat::kCsv);
        break;
    }
    return kExitDone;
  }

 private:
  std::string attempt(const std::vector<std::string>& settings) const {
    try {
      ScenarioOptions options = scenario_;
      options.overrides.insert(options.overrides.end(), settings.begin(), settings.end());
      CompletedRun run = run_scenario(options.load(), {RecordMode::kSummary, {}, false});
      return kRun + pack(run);
    } catch (const UserError& error) {
      return kProblem + said_of(error.what());
    } catch (const Unfinished& error) {
      return kProblem + said_of(error.what());
    }
  }

  std::vector<Trial> run(const std::vector<std::vector<std::string>>& all) const {
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    if (is_terminal_watching()) std::cerr << "simulating " << all.size() << " variations\n";
    const auto said = run_in_children(static_cast<int>(all.size()), cores, [&](int i) {
      return attempt(all[static_cast<std::size_t>(i)]);
    });
    std::vector<Trial> trials;
    for (const auto& text : said) {
      if (text.front() == kProblem) {
        trials.push_back({{}, text.substr(1)});
        continue;
      }
      CompletedRun run = unpack_run(std::string_view(text).substr(1));
      trials.push_back(
          {Observation{run.metrics, std::move(run.ledger), std::move(run.limits)}, ""});
    }
    return trials;
  }

  ScenarioOptions scenario_;
  std::optional<std::string> metric_;
};

}  // namespace

std::unique_ptr<Command> make_explain_command() { return std::make_unique<ExplainCommand>(); }

}  // namespace headroom
