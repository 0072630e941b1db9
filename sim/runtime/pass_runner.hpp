// sim/runtime/pass_runner.hpp -- one iteration of a system that moves weights, KV or experts: asks
// the execution system for its work, prices it with the cost models, lets the executor run it.
//
// Prices. GPU ops of a slot one after the other with the scenario's cost model; CPU ops by their
// arithmetic at the socket's peak, their memory traffic added to the slot's first part. The private
// time of a slot is rounded to the nanosecond once. Whatever fixed time a layer takes is in the
// latencies that the system states; nothing is added here.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "hwmodels/compute/op_time_model.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/engine/executor.hpp"

namespace headroom {

// The node with every rate (links, memories, SSDs, CPU arithmetic) times `efficiency`; sizes and
// latencies as they are. What systems and pass runners are given: limits take the node as it is.
NodeSpec derated(const NodeSpec& node, double efficiency);

// Sorts of arithmetic that a system can put on the GPU or on the CPU.
enum class WorkClass : std::uint8_t {
  kTokens,  // projections, norms, dense MLPs: what depends on the token count alone
  kExperts,
  kSampling,
  kPrefillAttention,
  kDecodeAttention,
  kCollective,  // all-reduce: no arithmetic that a token needs, and neither is
  kConversion   // packing and unpacking of what is kept narrower outside the GPU
};
inline constexpr std::size_t kWorkClasses = 7;
WorkClass class_of(OpKind kind);

// What one pass asked of the processors. "GPU" is the watched stream of the graph, which holds GPU
// operations and nothing that uses a link. Seconds; sums over layers.
struct PassWork {
  std::array<double, kWorkClasses> gpu_compute_s{};  // arithmetic at peak
  std::array<double, kWorkClasses> gpu_flops{}, cpu_flops{};
  double hbm_s = 0;         // HBM traffic of GPU ops at full bandwidth
  double wait_hbm_s = 0;    // arithmetic idle inside ops that are bound by HBM
  double efficiency_s = 0;  // slower than the roof
  double launch_s = 0;
  double collective_s = 0;  // all-reduce operations, whole
  double conversion_s = 0;  // packing and unpacking, whole
  double price_s = 0;       // all of these
  double rounding_s = 0;    // private times in ns less the prices they were rounded from
  Duration overhead{0};     // latencies of the GPU's operations
  std::int64_t gpu_slots = 0;
  double compute_s() const;
};

// What the iterations of a run add up to.
struct PassTotals {
  std::vector<std::int64_t> wait_ns;  // by cause of the graph
  std::int64_t gpu_busy_ns = 0;
  std::int64_t passes = 0;
  double gpu_compute_s = 0;  // arithmetic of GPU ops at peak rate, all passes
  double gpu_hbm_s = 0;      // their HBM traffic at full bandwidth
  double gpu_price_s = 0;    // their price (efficiency and overheads included), before rounding
  std::vector<double> link_bytes;  // by link
};

struct PassRunnerOptions {
  ExecutorOptions executor;
  // Record the timeline of the pass with this number (from 0); negative: of none.
  std::int64_t timeline_pass = -1;
};

class PassRunner {
 public:
  // All outlive this object; `node` is derated, as the system's was. `kernel` may be null when the
  // graph needs none. InternalError if the watched stream holds anything but GPU operations without
  // parts.
  PassRunner(ExecutionSystem& system, const ExecutionConfig& config, const NodeSpec& node,
             const OpTimeModel& gpu_times, Kernel* kernel, const PassRunnerOptions& options = {});
  ~PassRunner();
  PassRunner(const PassRunner&) = delete;
  PassRunner& operator=(const PassRunner&) = delete;

  // The result is valid until the next call, with the dates of all operations if asked for.
  // Allocates nothing once warm.
  const PassResult& run(std::span<const PassRow> rows, bool with_timeline = false);
  const PassWork& last_work() const;
  // Of the last pass: the CPU operations that are waited for under this cause take their memory
  // traffic longer than their arithmetic, each alone.
  bool is_memory_bound(CauseIndex cause) const;

  const PassTotals& totals() const;
  const OpGraph& graph() const;
  // Of the first `ranks` GPUs, how many are on one socket at most: CPU operations are stated for
  // those of one socket, and the other sockets do the same beside.
  std::int64_t ranks_per_socket(std::int64_t ranks) const;
  const ExecutionConfig& config() const;
  std::vector<CacheCounts> cache_counts() const;
  // Of options.timeline_pass; empty before it has run.
  const std::vector<TimelineEntry>& timeline() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace headroom
