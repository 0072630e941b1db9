#include "sim/app/optimize_command.hpp"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "analysis/search/pass_estimate.hpp"
#include "analysis/search/search.hpp"
#include "analysis/search/system_space.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/optimize_report.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/app/scenario_options.hpp"
#include "sim/base/check.hpp"
#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kSimulated = 8;

struct Simulated {
  std::vector<double> values;  // of the objectives
  OptimizeReport::Facts facts;
};

// What a child sends back: one line of numbers and a name, or "!" and why there are none.
std::string packed(const CompletedRun& run) {
  const LedgerRow* largest = nullptr;
  for (const auto& row : run.ledger)
    if (row.category.starts_with("wait_") && row.duration_ns > 0 &&
        (largest == nullptr || row.duration_ns > largest->duration_ns))
      largest = &row;
  std::ostringstream out;
  out.precision(17);
  out << run.metrics.output_tokens_per_s << ' '
      << (run.metrics.tpot_s ? run.metrics.tpot_s->mean : 0.0) << ' '
      << run.metrics.attained_fraction << ' ' << (largest == nullptr ? "" : largest->category);
  return out.str();
}

Simulated unpacked(const std::string& text) {
  std::istringstream in(text);
  Simulated result{{0, 0}, {}};
  in >> result.values[0] >> result.values[1] >> result.facts.attained_fraction;
  in >> result.facts.largest_wait;
  return result;
}

// The message of a refused scenario without its positions: a candidate's settings have none.
std::string said_of(const std::string& message) {
  const std::string line = message.substr(0, message.find('\n'));
  const auto marker = line.find("error: ");
  return marker == std::string::npos ? line : line.substr(marker + 7);
}

class OptimizeCommand final : public Command {
 public:
  std::string name() const override { return "optimize"; }
  std::string summary() const override {
    return "search the best micro-batch, batches and placement of a system; memory is a hard limit";
  }
  std::string example() const override {
    return "headroom optimize scenarios/reproductions/moe_lightning_l4.yaml\n"
           "  headroom optimize scenarios/examples/mixtral_on_a_4090.yaml --simulate 20\n"
           "  headroom optimize scenarios/examples/mixtral_on_a_4090.yaml --format json | jq -r "
           ".best.command\n"
           "JSON: {name, objectives, candidates, simulated, best: {command, settings, simulated},\n"
           "  entries: [{fate, candidate, settings, estimate, simulated, lost_to, reason}]}; fates "
           "are\n"
           "  front, dominated, failed, ranked_lower and refused; best is null when nothing fits "
           "(exit 2)";
  }

  void declare(OptionSet& options) override {
    scenario_.declare(options);
    options.count("--simulate", 1, 1000, simulate_,
                  "how many candidates to simulate (default: 8): the scenario as it is, the best "
                  "estimates, and some of the estimated front");
    options.count("--jobs", 1, 1024, jobs_,
                  "simulate so many at a time (default: the cores of this machine)");
  }

  ExitCode execute() override {
    document_ = parse_config_file(scenario_.path);
    OptimizeReport report;
    report.scenario = load({});
    const Scenario& base = report.scenario;
    if (!base.offload)
      throw UserError("error: '" + scenario_.path +
                      "' has no `system:`; optimize varies micro-batches and placement of one");
    if (base.offload->workload.requests == 0)
      throw UserError("error: the workload of '" + scenario_.path + "' has no requests");
    report.run_command = run_command();
    report.candidates = system_candidates(base);
    const std::vector<Objective> objectives{{"output_tokens_per_s", true}, {"tpot_mean_s", false}};
    report.entries = search(report.candidates.size(), objectives, tasks(report),
                            static_cast<std::size_t>(simulate_.value_or(kSimulated)));
    show(report);
    return report.entries.front().fate == Fate::kFront ? kExitDone : kExitUserError;
  }

 private:
  // What does not fit is no error but Scenario::unfit.
  Scenario load(const Settings& settings) const {
    LoadOptions options;
    options.overrides = scenario_.overrides;
    if (scenario_.seed) options.overrides.push_back("seed=" + std::to_string(*scenario_.seed));
    options.overrides.insert(options.overrides.end(), settings.begin(), settings.end());
    options.base_directory = std::filesystem::path(scenario_.path).parent_path().string();
    options.unfit_is_error = false;
    return load_scenario_document(document_, scenario_.path, options);
  }

  std::vector<std::string> run_command() const {
    std::vector<std::string> words{"headroom", "run", scenario_.path};
    for (const auto& setting : scenario_.overrides) words.insert(words.end(), {"--set", setting});
    if (scenario_.seed) words.insert(words.end(), {"--seed", std::to_string(*scenario_.seed)});
    return words;
  }

  SearchTasks tasks(OptimizeReport& report) const {
    const auto judge = [this, &report, visible = is_terminal_watching()](std::size_t candidate) {
      stop_if_interrupted();
      const std::size_t all = report.candidates.size();
      const bool last = candidate + 1 == all;
      if (visible && (candidate % 64 == 0 || last))
        std::cerr << "\rcandidates " << candidate + 1 << " of " << all
                  << (last ? ", simulating the best\n" : "") << std::flush;
      return judged(report.candidates[candidate]);
    };
    const auto simulate = [this, &report](const std::vector<std::size_t>& chosen) {
      return simulated(report, chosen);
    };
    return {judge, simulate};
  }

  SearchTasks::Judgement judged(const Settings& settings) const {
    try {
      const Scenario scenario = load(settings);
      if (!scenario.unfit.empty()) return {{}, unfit_memory(scenario)};
      const PassEstimate estimate = estimate_from_passes(scenario);
      return {Estimate{{estimate.output_tokens_per_s, estimate.tpot_s}, estimate.bound}, ""};
    } catch (const UserError& error) {
      return {{}, said_of(error.what())};
    }
  }

  std::vector<SearchTasks::Attempt> simulated(OptimizeReport& report,
                                              const std::vector<std::size_t>& chosen) const {
    const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
    const auto jobs = static_cast<int>(jobs_.value_or(std::max<std::int64_t>(1, cores)));
    const auto texts = run_in_children(static_cast<int>(chosen.size()), jobs, [&](int i) {
      try {
        const Scenario scenario = load(report.candidates[chosen[static_cast<std::size_t>(i)]]);
        return packed(run_scenario(scenario, {RecordMode::kSummary, {}, false}));
      } catch (const UserError& error) {
        return "!" + said_of(error.what());
      } catch (const Unfinished& error) {
        return std::string("!") + error.what();
      }
    });
    std::vector<SearchTasks::Attempt> attempts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (texts[i].starts_with("!")) {
        attempts.push_back({{}, texts[i].substr(1)});
        continue;
      }
      const Simulated run = unpacked(texts[i]);
      report.facts[chosen[i]] = run.facts;
      attempts.push_back({run.values, ""});
    }
    return attempts;
  }

  void show(const OptimizeReport& report) const {
    switch (scenario_.output_format()) {
      case OutputFormat::kTable:
        return write_standard_output(optimize_text(report));
      case OutputFormat::kCsv:
        return print(optimize_table(report), OutputFormat::kCsv);
      case OutputFormat::kJson:
        return write_standard_output(optimize_json(report));
    }
  }

  ScenarioOptions scenario_;
  std::optional<std::int64_t> simulate_, jobs_;
  Node document_;
};

}  // namespace

std::unique_ptr<Command> make_optimize_command() { return std::make_unique<OptimizeCommand>(); }

}  // namespace headroom
