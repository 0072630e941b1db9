#include "sim/app/run_command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sim/app/child_processes.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/json_output.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/record_run.hpp"
#include "sim/app/run_report.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/app/scenario_options.hpp"
#include "sim/base/check.hpp"
#include "sim/record/database.hpp"
#include "sim/record/run_writer.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostSeeds = 10'000;

std::int64_t record(Database& database, const CompletedRun& run, RecordMode mode) {
  RunWriter writer(database, run.identity);
  write_rows(writer, run, mode);
  stop_if_interrupted();
  return writer.commit();
}

class RunCommand final : public Command {
 public:
  std::string name() const override { return "run"; }
  std::string summary() const override {
    return "simulate a scenario; print and record the result beside its limits";
  }
  std::string example() const override {
    return "headroom run scenarios/quickstart.yaml\n"
           "  headroom run scenarios/quickstart.yaml --set serving.max_num_seqs=64 --db "
           "results.sqlite --format json\n"
           "  headroom run scenarios/quickstart.yaml --seeds 10 --record summary";
  }

  void declare(OptionSet& options) override {
    scenario_.declare(options);
    options.optional_text("--db", "FILE", given_database_,
                          "results file, created or appended to (default: results.sqlite)");
    options.toggle("--no-db", no_database_, "record nothing");
    options.choice("--record", {"requests", "summary"}, mode_,
                   "requests: also a row per request and time series (default); summary: neither");
    options.count("--seeds", 1, kMostSeeds, seeds_,
                  "so many runs with consecutive seeds: means with 95 % intervals");
    options.duration("--time-limit", time_limit_,
                     "wall time, such as '10 s', after which to give up: exit 3, no row");
  }

  ExitCode execute() override {
    if (no_database_ && given_database_)
      throw UserError("error: --db and --no-db exclude each other");
    database_ = given_database_.value_or("results.sqlite");
    if (database_.empty() || database_.starts_with(":") || database_.starts_with("file:"))
      throw UserError("error: option --db: '" + database_ +
                      "' is not the path of a file; to record nothing take --no-db");
    const Scenario scenario = scenario_.load();
    return seeds_.value_or(1) > 1 ? run_seeds(scenario) : run_one(scenario);
  }

 private:
  RunControl control(bool alone) const {
    return {.mode = mode_ == "summary" ? RecordMode::kSummary : RecordMode::kRequests,
            .time_limit = time_limit_,
            .show_progress = alone && is_terminal_watching()};
  }

  ExitCode run_one(const Scenario& scenario) const {
    // Before the simulation, so that a bad file costs nobody a simulation.
    std::optional<Database> database;
    if (!no_database_) database.emplace(database_, OpenMode::kWrite);
    RecordedRun recorded{run_scenario(scenario, control(true)), 0};
    recorded.run_id = database ? record(*database, recorded.run, control(true).mode)
                               : run_id_of(recorded.run.identity, 0);
    switch (scenario_.output_format()) {
      case OutputFormat::kTable:
        write_standard_output(run_text(recorded) + where_recorded(recorded.run_id));
        break;
      case OutputFormat::kJson:
        write_standard_output(run_json(recorded));
        break;
      case OutputFormat::kCsv:
        print(run_table(recorded), OutputFormat::kCsv);
        break;
    }
    return kExitDone;
  }

  ExitCode run_seeds(const Scenario& scenario) const {
    // No connection may cross a fork: the file is opened to see that it is good, and opened again
    // to write.
    if (!no_database_) Database(database_, OpenMode::kWrite);
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    const auto first = static_cast<std::int64_t>(scenario.seed);
    const auto packed = run_in_children(static_cast<int>(*seeds_), cores, [&](int i) {
      ScenarioOptions one = scenario_;
      one.seed = first + i;
      CompletedRun run = run_scenario(one.load(), control(false));
      return pack(run);
    });
    std::optional<Database> database;
    if (!no_database_) database.emplace(database_, OpenMode::kWrite);
    std::vector<RecordedRun> recorded;
    for (const auto& bytes : packed) {
      recorded.push_back({unpack_run(bytes), 0});
      auto& [run, run_id] = recorded.back();
      run_id = database ? record(*database, run, control(false).mode) : run_id_of(run.identity, 0);
      run.outcomes = {};
    }
    switch (scenario_.output_format()) {
      case OutputFormat::kTable:
        write_standard_output(seeds_text(recorded) + where_recorded({}));
        break;
      case OutputFormat::kJson:
        write_standard_output(seeds_json(recorded));
        break;
      case OutputFormat::kCsv:
        print(seeds_table(recorded), OutputFormat::kCsv);
        break;
    }
    return kExitDone;
  }

  std::string where_recorded(std::optional<std::int64_t> run_id) const {
    if (no_database_) return "";
    return "\nrecorded in " + database_ + (run_id ? " as run " + std::to_string(*run_id) : "") +
           '\n';
  }

  ScenarioOptions scenario_;
  std::optional<std::string> given_database_;
  std::string database_, mode_ = "requests";
  bool no_database_ = false;
  std::optional<std::int64_t> seeds_;
  std::optional<Seconds> time_limit_;
};

}  // namespace

std::unique_ptr<Command> make_run_command() { return std::make_unique<RunCommand>(); }

}  // namespace headroom
