// sim/app/run_pool.hpp -- simulations of variants of one base, side by side: what sweeps and
// searches run on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/app/child_pool.hpp"
#include "sim/app/completed_run.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

struct RunPoolOptions {
  int jobs = 1;
  RecordMode mode = RecordMode::kSummary;
  ChildLimits limits;  // of one run
};

// A run that has ended, one way or another.
struct EndedRun {
  std::int64_t ticket = 0;
  std::optional<CompletedRun> run;  // absent: it failed
  std::string reason;               // why it failed, without dates or durations that were measured
  bool is_interrupted = false;      // it did not fail: Ctrl-C
  bool is_bug = false;
  HostFacts host;  // of a failed run
};

class RunPool {
 public:
  // Pre: as ChildPool. `plan` outlives the pool.
  RunPool(const SweepPlan& plan, const RunPoolOptions& options);

  bool is_idle() const { return pool_.is_idle(); }
  // Throws UserError when somebody has ended every process of the pool.
  bool has_free_lane() const;
  void start(std::int64_t ticket, const std::vector<std::string>& settings, std::int64_t seed);
  // The next that has ended, or nothing when that takes longer or a signal arrives.
  std::optional<EndedRun> wait();

 private:
  ChildPool pool_;
};

}  // namespace headroom
