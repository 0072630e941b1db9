// sim/runtime/pass_runner.hpp -- one iteration of a system that moves weights, KV or experts: asks
// the execution system for its work, prices it with the cost models, lets the executor run it.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "hwmodels/compute/op_time_model.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/engine/executor.hpp"

namespace headroom {

// What the iterations of a run add up to, for ledger, series and cache statistics.
struct PassTotals {
  std::vector<std::int64_t> wait_ns;  // by cause of the graph
  std::int64_t gpu_busy_ns = 0;
  std::int64_t passes = 0;
  double gpu_compute_s = 0;  // arithmetic of GPU ops at peak rate, all passes
  double gpu_hbm_s = 0;      // their HBM traffic at full bandwidth
  double gpu_price_s = 0;    // their price (efficiency and overheads included), before rounding
  std::vector<double> link_bytes;  // by link
};

class PassRunner {
 public:
  // All outlive this object. `kernel` may be null when the graph needs none.
  PassRunner(ExecutionSystem& system, const ExecutionConfig& config, const NodeSpec& node,
             const OpTimeModel& gpu_times, Kernel* kernel, const ExecutorOptions& options = {});
  ~PassRunner();

  const PassResult& run(std::span<const PassRow> rows);
  const PassTotals& totals() const;
  const OpGraph& graph() const;
  // Of the last pass: arithmetic and HBM seconds of its GPU ops.
  double last_compute_s() const;
  double last_hbm_s() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headroom
