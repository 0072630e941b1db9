// sim/runtime/run_observer.hpp -- somebody who watches a run step by step: a timeline. Told in the
// order things happen; nothing that it does changes the run. With an observer every iteration is
// stepped (no fast-forward), which is slower and has the same result.
#pragma once

#include <cstdint>

#include "sim/base/units.hpp"
#include "sim/engine/executor.hpp"
#include "sim/graph/op_graph.hpp"
#include "sim/runtime/batch.hpp"
#include "sim/serving/sequence.hpp"
#include "sim/serving/workload.hpp"

namespace headroom {

// All of it is valid during the call only.
struct ObservedIteration {
  std::int32_t replica = 0;
  const Batch& batch;  // start and duration are set
  // What the rows of the batch point into. A row whose sequence has another epoch was preempted
  // after it was scheduled.
  const SequencePool& sequences;
  std::int64_t kv_blocks_used = 0;
};

class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_iteration_start(const ObservedIteration& iteration) = 0;
  // The sequence loses its KV blocks and waits again.
  virtual void on_preempted(std::int32_t replica, SequenceId sequence, TimePoint now) = 0;
  // Whether the operations of the pass that starts now shall be told.
  virtual bool wants_pass(std::int32_t replica, TimePoint now) = 0;
  virtual void on_pass(std::int32_t replica, TimePoint start, const OpGraph& graph,
                       const PassResult& pass) = 0;
};

}  // namespace headroom
