// sim/app/run_scenario.hpp -- from a scenario to a completed run: requests, limits, simulation,
// metrics, ledger. The one place where simulation and analysis meet.
#pragma once

#include <chrono>
#include <optional>

#include "sim/app/completed_run.hpp"
#include "sim/base/units.hpp"
#include "sim/runtime/pass_runner.hpp"
#include "sim/runtime/run_observer.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

enum class RecordMode {
  kRequests,
  kSummary
};  // summary: no rows per request or iteration, no time series

struct RunControl {
  RecordMode mode = RecordMode::kRequests;
  std::optional<Seconds> time_limit;  // wall time from the start of run_scenario
  bool show_progress = false;         // on stderr
  RunObserver* observer = nullptr;    // watches every iteration; the result is the same
  PassRunnerOptions passes{};         // of a scenario with a system: what tests compare
};

// Creates the process's SimGrid engine: once per process. Throws Interrupted, Unfinished (deadlock,
// time limit), ConfigError (a broken trace, an SLO of a class that no request has) and
// InternalError.
CompletedRun run_scenario(const Scenario& scenario, const RunControl& control);

}  // namespace headroom
