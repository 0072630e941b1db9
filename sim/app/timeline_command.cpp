#include "sim/app/timeline_command.hpp"

#include <optional>
#include <string>
#include <vector>

#include "analysis/timeline/timeline_recorder.hpp"
#include "analysis/timeline/timeline_trace.hpp"
#include "sim/app/human_number.hpp"
#include "sim/app/output_file.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/stored_run.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kFewestEvents = 1'000;
constexpr std::int64_t kMostEvents = 20'000'000;

class TimelineCommand final : public Command {
 public:
  std::string name() const override { return "timeline"; }
  std::string summary() const override {
    return "a recorded run step by step, for ui.perfetto.dev and chrome://tracing";
  }
  std::string example() const override {
    return "headroom timeline results.sqlite latest --out run.perfetto.json\n"
           "  headroom timeline results.sqlite quickstart --out run.json --from '20 s' --until "
           "'25 s'";
  }

  void declare(OptionSet& options) override {
    options.required_argument("DATABASE", database_, "a results file");
    options.required_argument("RUN", run_, "a run id, a name, how one begins, or 'latest'");
    options.text("--out", "FILE", out_, "where to write the trace (required)");
    options.count("--max-events", kFewestEvents, kMostEvents, max_events_,
                  "at most so many events (default: 200000; 30 MB); what is left out is said");
    options.duration("--from", from_, "leave out what ends before this simulated time");
    options.duration("--until", until_, "leave out what starts after this simulated time");
    options.text_list("--files-from", "FOLDER", folders_,
                      "where to look for files that the scenario names by relative paths");
  }

  ExitCode execute() override {
    if (out_.empty()) throw UserError("error: option --out: give the file to write");
    const TimelineOptions options = window();
    Database database(database_, OpenMode::kRead);
    const StoredRun run = find_stored_run(database, run_);
    require_finished(run);
    OutputFile file(out_);
    Scenario scenario = load_stored_scenario(database, run.run_id, folders_);
    scenario.record = {.requests = true, .iterations = false, .resource_bin = Seconds(0)};
    TimelineRecorder recorder(static_cast<std::size_t>(scenario.hardware.replicas), options);
    const CompletedRun again =
        rerun(database, run.run_id, scenario,
              {.time_limit = {}, .show_progress = is_terminal_watching(), .observer = &recorder});
    const TimelineSummary summary =
        write_timeline(recorder,
                       {.run_id = run.run_id,
                        .name = run.name,
                        .code_version = run.code_version,
                        .device = scenario.hardware.gpu.name,
                        .seed = run.seed,
                        .kv_blocks = again.metrics.kv_blocks,
                        .makespan = to_duration(Seconds(again.metrics.makespan_s)),
                        .outcomes = again.outcomes,
                        .classes = again.classes},
                       file.stream());
    file.finish();
    write_standard_output(text(run, summary));
    return kExitDone;
  }

 private:
  TimelineOptions window() const {
    TimelineOptions options;
    if (max_events_) options.max_events = *max_events_;
    if (from_) options.from = TimePoint{0} + to_duration(*from_);
    if (until_) options.until = TimePoint{0} + to_duration(*until_);
    if (options.until <= options.from)
      throw UserError("error: option --until: it is not after --from");
    return options;
  }

  std::string text(const StoredRun& run, const TimelineSummary& summary) const {
    std::string lines = "run " + std::to_string(run.run_id) + " (" + run.name +
                        "): " + human_count(summary.events) + " events in " + out_ + "\n  " +
                        human_count(summary.iterations) + " iterations, " +
                        human_count(summary.requests_shown) + " requests";
    if (summary.passes_shown > 0)
      lines += ", " + human_count(summary.operations) + " operations of " +
               human_count(summary.passes_shown) + " passes";
    lines += '\n';
    for (const auto& sentence : summary.left_out) lines += "  left out: " + sentence + '\n';
    return lines + "open it in https://ui.perfetto.dev (nothing is uploaded) or chrome://tracing\n";
  }

  std::string database_, run_, out_;
  std::optional<std::int64_t> max_events_;
  std::optional<Seconds> from_, until_;
  std::vector<std::string> folders_;
};

}  // namespace

std::unique_ptr<Command> make_timeline_command() { return std::make_unique<TimelineCommand>(); }

}  // namespace headroom
