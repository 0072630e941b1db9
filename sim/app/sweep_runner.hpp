// sim/app/sweep_runner.hpp -- planned runs into a results file: what is there already is not
// repeated, the rest is simulated side by side and recorded as it ends, each run in one
// transaction. This process is the only writer, so killing it at any moment loses at most what was
// being simulated, and the same call goes on from there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/app/planned_runs.hpp"
#include "sim/app/run_pool.hpp"
#include "sim/record/database.hpp"
#include "sim/record/sweep_rows.hpp"

namespace headroom {

struct SweepRunOptions {
  RunPoolOptions pool;
  bool repeat = false;        // simulate also what is there, as the next repeat
  bool retry_failed = false;  // simulate also what is there and failed
};

struct SweepCounts {
  std::int64_t runs = 0;      // planned
  std::int64_t known = 0;     // recorded before
  std::int64_t finished = 0;  // by this call
  std::int64_t failed = 0;    // by this call
  std::int64_t bugs = 0;      // of the failed
  std::int64_t done() const { return known + finished + failed; }
};

class SweepRunner {
 public:
  // Forks: no database may be open in this process.
  SweepRunner(const SweepPlan& plan, const SweepRunOptions& options);

  // Opens the results file and records the sweep in it. Once, before execute.
  void open(const std::string& database);
  Database& database() { return *database_; }

  // Called whenever the counts change, and now and then in between.
  using OnProgress = std::function<void(const SweepCounts&)>;
  // Runs what is not there; ids in the order of `runs`. On Ctrl-C it stops, with what has ended
  // recorded, and throws Interrupted.
  std::vector<std::int64_t> execute(std::span<const PlannedRun> runs, const OnProgress& progress);
  const SweepCounts& counts() const { return counts_; }

 private:
  // Of the runs of one call, by their index.
  struct Work {
    std::vector<std::int64_t> ids, repeats;
    std::vector<std::size_t> waiting;  // to be simulated, of which those before `next` have started
    std::size_t next = 0;
  };
  Work settle(std::span<const PlannedRun> runs);
  void record(const PlannedRun& run, std::int64_t repeat, const EndedRun& ended);
  void record_failure(const PlannedRun& run, std::int64_t repeat, const std::string& reason,
                      const HostFacts& host);

  const SweepPlan& plan_;
  SweepRunOptions options_;
  RunPool pool_;
  std::optional<Database> database_;
  SweepCounts counts_;
};

}  // namespace headroom
