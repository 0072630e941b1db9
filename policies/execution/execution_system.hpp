// policies/execution/execution_system.hpp -- how an iteration is carried out on a node whose GPU
// memory does not hold everything: what is moved when, what is computed where. A system states the
// structure once (an OpGraph) and the work of every pass (amounts of FLOP and bytes); cost models
// and the executor turn both into time. No system computes a duration: it does not know the rates.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hwmodels/memory/node_topology.hpp"
#include "policies/execution/execution_config.hpp"
#include "sim/graph/op_graph.hpp"
#include "sim/transformer/lowering.hpp"
#include "sim/transformer/op.hpp"

namespace headroom {

// One sequence of the iteration.
struct PassRow {
  std::int32_t prior = 0;  // tokens whose KV is there
  std::int32_t fresh = 1;  // tokens computed now
  bool samples = true;     // a token comes out
  bool is_decode() const { return fresh == 1 && samples && prior > 0; }
};

// What somebody who waits for an operation waits for: the causes of a graph, by name. The ledger's
// categories are "wait_" and one of these.
inline constexpr const char* kCauseGpu = "gpu";
inline constexpr const char* kCauseWeightsPcie = "weights_pcie";
inline constexpr const char* kCauseWeightsSsd = "weights_ssd";
inline constexpr const char* kCauseKvPcie = "kv_pcie";
inline constexpr const char* kCauseKvSsd = "kv_ssd";
inline constexpr const char* kCauseActivationsPcie = "activations_pcie";
inline constexpr const char* kCauseActivationsSsd = "activations_ssd";
inline constexpr const char* kCauseExpertsPcie = "experts_pcie";
inline constexpr const char* kCauseExpertsSsd = "experts_ssd";
inline constexpr const char* kCauseCpuAttention = "cpu_attention";
inline constexpr const char* kCauseCpuExperts = "cpu_experts";
inline constexpr const char* kCauseCollective = "collective";

enum class Processor : std::uint8_t { kNone, kGpu, kCpu };

// Work of one slot in one kind of layer.
struct SlotWork {
  // Priced one after the other on the slot's processor (OpGraph has no idea of processors: see
  // PassStructure::processors). Memory traffic of GPU ops is on HBM, inside the price; that of CPU
  // ops crosses the slot's first part (its route is cpu_memory).
  std::vector<OpCount> ops;
  std::vector<double> bytes;  // by part of the slot, beside what CPU ops add to the first
  Seconds latency{0};         // fixed, before everything else
  // Of another transfer that this one finds on the links of the first part and that cannot be
  // broken off: waited for after `latency`, as long as it takes on the narrowest of them alone. The
  // bytes themselves count where they are sent.
  Bytes behind{0};
  void clear();
};

// Work of one pass; reused from pass to pass. `slots[kind * slots_per_kind + slot]`.
struct PassAmounts {
  std::vector<LayerRun> layers;
  std::vector<SlotWork> slots;
  std::size_t slots_per_kind = 0;
  void reset(std::size_t kinds, std::size_t slots_of_a_kind);  // clears, keeps capacity
  SlotWork& at(std::size_t kind, SlotIndex slot) { return slots[kind * slots_per_kind + slot]; }
};

struct CacheCounts {
  std::string cache, tier;
  std::int64_t accesses = 0, hits = 0, evictions = 0;
  double bytes_in = 0;
  std::int64_t offline_optimal_hits = -1;  // negative: not known
};

class ExecutionSystem {
 public:
  virtual ~ExecutionSystem() = default;
  virtual const OpGraph& graph() const = 0;                      // fixed for the run
  virtual const std::vector<Processor>& processors() const = 0;  // by slot
  // `out` arrives as the last call left it; reset it. May advance state (expert caches, routing).
  virtual void lower_pass(std::span<const PassRow> rows, PassAmounts& out) = 0;
  virtual std::vector<CacheCounts> cache_counts() const { return {}; }
};

struct SystemContext {
  const LoweredModel& model;  // outlives the system
  NodeSpec node;
  std::uint64_t seed = 1;
  // Sequences and lengths of the workload, for structures that depend on them.
  std::int64_t max_sequences = 0;
  std::int64_t max_prompt_tokens = 0;
  std::int64_t max_output_tokens = 0;
};

// Throws UserError when the configuration cannot work with this model (experts of a dense model).
std::unique_ptr<ExecutionSystem> make_execution_system(const ExecutionConfig& config,
                                                       const SystemContext& context);
std::vector<std::string> execution_system_names();

}  // namespace headroom
