// policies/batching/batch_policy.hpp -- what a replica computes in its next iteration.
// A policy sees a view and returns a plan. It owns no clock, no engine, no database. KV blocks are
// decided together with the batch, so the view offers a transaction on the replica's KV cache
// (try_allocate, lookup, release): the runtime owns it and commits the plan; a policy never touches
// blocks otherwise.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/serving/kv_cache.hpp"
#include "sim/serving/sequence.hpp"
#include "sim/serving/serving_config.hpp"

namespace headroom {

// Valid during the call only.
struct BatchView {
  TimePoint now{0};
  SequencePool& sequences;  // running(): admission order; waiting(): queue order, walked lazily
  KvCache& kv;
};

struct BatchSlot {
  SequenceIndex sequence = 0;
  std::int32_t new_tokens = 0;
};

// What stopped the policy from admitting more, for the gap ledger.
enum class BatchLimit : std::uint8_t { kOfferedLoad, kMemory, kPolicy };

// Owned by the caller and reused: planning an iteration allocates nothing once warm.
struct BatchPlan {
  std::vector<BatchSlot> slots;
  std::vector<SequenceIndex> preempted;  // in order; their blocks are already released
  BatchLimit limited_by = BatchLimit::kOfferedLoad;
  // Iterations in which this policy would decide the same (every slot one token further), absent an
  // event: an arrival, a completion, a preemption, a shortage of blocks. The runtime checks the
  // last three itself.
  IterationCount valid_for{1};
  TimePoint wake_up{
      std::numeric_limits<std::int64_t>::max()};  // plan again at this date, whatever happens
  void clear();
};

inline constexpr IterationCount kUntilNextEvent{std::numeric_limits<std::int32_t>::max()};

class BatchPolicy {
 public:
  virtual ~BatchPolicy() = default;
  // Called before an iteration unless the last plan still stands. Ties break by id. The plan
  // arrives cleared.
  virtual void plan_iteration(BatchView& view, BatchPlan& plan) = 0;
};

using BatchPolicyFactory = std::function<std::unique_ptr<BatchPolicy>()>;
// `serving.scheduler: NAME`. Throws UserError naming the known ones when `name` is not one.
BatchPolicyFactory batch_policy_factory(const ServingConfig& config);
std::vector<std::string> batch_policy_names();

}  // namespace headroom
