// sim/runtime/serving_simulation.hpp -- replicas behind a router, driven by a workload, in
// simulated time. The one place where workload, policies and kernel meet. Within an instant
// everything that happens is taken in first (step ends, timers); then arrivals are routed, then
// every replica that has to decides: ties cannot depend on event order.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "hwmodels/compute/iteration_cost.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "policies/batching/batch_policy.hpp"
#include "policies/routing/router.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/runtime/replica.hpp"
#include "sim/runtime/run_result.hpp"
#include "sim/serving/kv_layout.hpp"
#include "sim/serving/serving_config.hpp"
#include "sim/serving/workload.hpp"

namespace headroom {

// The run cannot go on: paused sequences that nobody will wake. Exit code 3; what() names the
// holders.
class DeadlockError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// Everything a run needs, independent of where it came from.
struct ServingSetup {
  const LoweredModel& model;
  const OpTimeModel& op_times;  // of the scenario's cost model
  const OpTimeModel& roofline;  // data-sheet peaks, for the ledger
  const GpuSpec& gpu;
  ServingConfig serving;
  std::int64_t replicas = 1;
  std::int64_t kv_blocks = 0;  // usable, per replica
  std::int64_t max_model_len = 0;
  BatchPolicyFactory make_batch_policy;
  RouterFactory make_router;
  PrefixIdentities identities;
  TimePoint measure_after{0};  // the window in which gaps between tokens are counted, ends included
  TimePoint measure_until{std::numeric_limits<std::int64_t>::max()};
  Duration resource_bin{0};  // 0: no series
  bool record_iterations = false;
  std::int64_t max_iterations = 0;
  // One per replica when a system moves weights, KV or experts; empty: everything is in HBM.
  // Scheduling is then synchronous and every iteration stepped.
  std::vector<PassRunner*> pass_runners{};
};

struct RunOptions {
  bool fast_forward = true;
  bool check_invariants = false;
  // The sequence with the most output tokens (the unavoidable steps), and tokens of each request
  // that an earlier one with the same prefix makes avoidable (empty: none): from analysis of the
  // workload, for the ledger.
  SequenceId critical_sequence = -1;
  std::span<const std::int32_t> avoidable_tokens;
  // Asked every few thousand events; throws to end the run (Ctrl-C, time limit). Gets ended
  // sequences and the clock.
  std::function<void(std::int64_t ended, TimePoint now)> on_progress;
  RunObserver* observer = nullptr;  // watches every iteration
};

RunResult simulate(const ServingSetup& setup, Workload& workload, Kernel& kernel,
                   const RunOptions& options = {});

}  // namespace headroom
