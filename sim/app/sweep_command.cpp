#include "sim/app/sweep_command.hpp"

#include <algorithm>
#include <iostream>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "sim/app/human_number.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/app/planned_runs.hpp"
#include "sim/app/progress.hpp"
#include "sim/app/run_search.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/sweep_progress.hpp"
#include "sim/app/sweep_runner.hpp"
#include "sim/app/sweep_table.hpp"
#include "sim/base/check.hpp"
#include "sim/config/quantity.hpp"
#include "sim/record/database.hpp"
#include "sim/sweep/load_sweep.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostJobs = 1024;
constexpr std::size_t kMostShownRows = 40;
constexpr std::size_t kLongestReason = 80;

class SweepCommand final : public Command {
 public:
  std::string name() const override { return "sweep"; }
  std::string summary() const override {
    return "simulate every point of a sweep file that is not in the results file yet";
  }
  std::string example() const override {
    return "headroom sweep scenarios/sweeps/gpu_x_batch.yaml --jobs 2 --db sweep.sqlite\n"
           "  headroom sweep scenarios/sweeps/gpu_x_batch.yaml --dry-run\n"
           "  headroom sweep scenarios/sweeps/cheapest_for_slo.yaml\n"
           "  headroom sweep scenarios/sweeps/gpu_x_batch.yaml --shard 1/3 --db part1.sqlite";
  }

  void declare(OptionSet& options) override {
    options.required_argument("SWEEP", path_, "a sweep file (YAML)");
    options.text("--db", "FILE", database_, "results file (default: results.sqlite)");
    options.count("--jobs", 1, kMostJobs, jobs_, "runs side by side (default: one per core)");
    options.text("--shard", "I/N", shard_, "only part I of N, from 1: every N-th point");
    options.toggle("--retry-failed", retry_failed_, "simulate failed points again");
    options.toggle("--repeat", repeat_, "simulate also what is recorded, as the next repeat");
    options.choice("--record", {"requests", "summary"}, mode_,
                   "summary: about 2 KB per run (default); requests: also rows per request");
    options.toggle("--dry-run", dry_run_, "check and list the points; run and record nothing");
    options.text_list("--set", "KEY=VALUE", overrides_, "change a key of the base scenario");
    options.duration("--time-limit", time_limit_,
                     "wall time of one run, such as '60 s' (default: time_limit of the file)");
    options.text("--max-memory", "SIZE", max_memory_, "address space of one run, such as '4 GiB'");
    options.choice("--format", output_format_names(), format_, "default: table");
  }

  ExitCode execute() override {
    const SweepPlan plan = load_sweep(path_, overrides_);
    std::vector<SweepPoint> part;
    if (!shard_.empty()) part = points_of_shard(plan);
    const std::span<const SweepPoint> points = shard_.empty() ? plan.points : part;
    const SweepRunOptions options = run_options(plan);
    // Before the points are checked, so that a bad file is known at once; no connection may cross a
    // fork, so it is opened again when the processes are there.
    if (!dry_run_) Database(database_, OpenMode::kWrite);
    if (!plan.search.is_null() && !dry_run_) return search(plan, options);
    const auto runs = plan_runs(plan, points, options.pool.jobs);
    return dry_run_ ? list(plan, points, runs) : run(plan, points, runs, options);
  }

 private:
  SweepRunOptions run_options(const SweepPlan& plan) const {
    SweepRunOptions options;
    const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
    options.pool.jobs = static_cast<int>(jobs_.value_or(cores));
    options.pool.mode = mode_ == "requests" ? RecordMode::kRequests : RecordMode::kSummary;
    options.pool.limits.wall_time = time_limit_ ? time_limit_ : plan.time_limit;
    if (!max_memory_.empty()) {
      const auto parsed = parse_quantity(max_memory_, Dimension::kBytes);
      if (!parsed.value || !(*parsed.value > 0))
        throw UserError("error: option --max-memory: '" + max_memory_ + "' " +
                        (parsed.value ? "is not a size above 0 B" : parsed.problem));
      options.pool.limits.memory_bytes = static_cast<std::int64_t>(*parsed.value);
    }
    options.repeat = repeat_;
    options.retry_failed = retry_failed_;
    return options;
  }

  std::vector<SweepPoint> points_of_shard(const SweepPlan& plan) const {
    const auto shard = parse_shard(shard_);
    if (!shard)
      throw UserError("error: option --shard: '" + shard_ + "' is not a part such as 1/3");
    std::vector<SweepPoint> part;
    for (const auto& point : plan.points)
      if (shard->holds(point.position)) part.push_back(point);
    return part;
  }

  // A search decides for itself which points are run.
  ExitCode search(const SweepPlan& plan, const SweepRunOptions& options) const {
    if (!shard_.empty() || repeat_)
      throw UserError("error: '" + path_ + "' has a `search:`; it takes no " +
                      (repeat_ ? "--repeat" : "--shard"));
    try {
      return run_search(plan, options, database_, output_format_from_name(format_));
    } catch (const Interrupted&) {
      std::cerr << "interrupted; the same command goes on from the whole runs that are recorded"
                << std::endl;
      return kExitInterrupted;
    }
  }

  ExitCode list(const SweepPlan& plan, std::span<const SweepPoint> points,
                const std::vector<PlannedRun>& runs) const {
    std::vector<std::string> remarks(points.size());
    for (const auto& run : runs)
      for (const SweepPoint* point : run.points) {
        std::string& remark = remarks[static_cast<std::size_t>(point - points.data())];
        remark = run.unfit;
        if (point != run.points.front() && remark.empty())
          remark = "the same run as position " + std::to_string(run.points.front()->position);
      }
    print(points_table(plan, points, remarks), output_format_from_name(format_));
    if (format_ == "table")
      write_standard_output('\n' + human_count(static_cast<std::int64_t>(points.size())) +
                            " points" + excluded(plan) + '\n');
    return kExitDone;
  }

  ExitCode run(const SweepPlan& plan, std::span<const SweepPoint> points,
               const std::vector<PlannedRun>& runs, const SweepRunOptions& options) const {
    SweepRunner runner(plan, options);
    runner.open(database_);
    try {
      SweepProgress progress(is_terminal_watching());
      runner.execute(runs, [&](const SweepCounts& counts) { progress.update(counts); });
    } catch (const Interrupted&) {
      std::cerr << "interrupted with " << human_count(runner.counts().done()) << " of "
                << human_count(runner.counts().runs)
                << " runs recorded; the same command goes on from there" << std::endl;
      return kExitInterrupted;
    }
    const OutputFormat format = output_format_from_name(format_);
    const bool short_table = format == OutputFormat::kTable;
    Table table =
        sweep_table(runner.database(), plan, points, short_table ? kMostShownRows : points.size());
    if (short_table) shorten_reasons(table);
    print(table, format);
    if (short_table) write_standard_output(closing_text(plan, points.size(), runner.counts()));
    return kExitDone;
  }

  // A reason may be a paragraph; the file has it whole.
  static void shorten_reasons(Table& table) {
    for (auto& row : table.rows)
      if (auto* reason = std::get_if<std::string>(&row.back());
          reason != nullptr && reason->size() > kLongestReason)
        *reason = reason->substr(0, kLongestReason - 3) + "...";
  }

  std::string closing_text(const SweepPlan& plan, std::size_t points,
                           const SweepCounts& counts) const {
    std::string text = "\n";
    if (points > kMostShownRows)
      text += "the first " + std::to_string(kMostShownRows) + " of " +
              human_count(static_cast<std::int64_t>(points)) + " points; --format csv lists all\n";
    text += human_count(counts.finished) + " runs simulated, " + human_count(counts.known) +
            " already there, " + human_count(counts.failed) + " failed" + excluded(plan) +
            "; sweep " + std::to_string(plan.sweep_id) + " in " + database_ + '\n';
    if (counts.bugs > 0)
      text += human_count(counts.bugs) +
              " failed by a bug in headroom; their reason says more. Please report them.\n";
    return text;
  }

  static std::string excluded(const SweepPlan& plan) {
    return plan.excluded > 0
               ? ", " + human_count(plan.excluded) + " combinations excluded by constraints"
               : "";
  }

  std::string path_, database_ = "results.sqlite", shard_, mode_ = "summary", max_memory_,
                     format_ = "table";
  std::vector<std::string> overrides_;
  std::optional<std::int64_t> jobs_;
  std::optional<Seconds> time_limit_;
  bool retry_failed_ = false, repeat_ = false, dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> make_sweep_command() { return std::make_unique<SweepCommand>(); }

}  // namespace headroom
