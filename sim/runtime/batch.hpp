// sim/runtime/batch.hpp -- one scheduled iteration of a replica: its rows, its work, its duration.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "hwmodels/compute/iteration_cost.hpp"
#include "policies/batching/batch_policy.hpp"
#include "sim/base/units.hpp"
#include "sim/serving/sequence.hpp"
#include "sim/transformer/batch_summary.hpp"

namespace headroom {

struct BatchRow {
  SequenceIndex sequence = 0;
  std::uint32_t epoch =
      0;  // of the sequence when it was scheduled; another one now: the row's result is void
  std::int32_t new_tokens = 0;
  bool samples = false;  // its last known token is among the new ones: a token comes out
};

// Exact counts of work of one sort, for the gap ledger. Windows are taken into account.
struct WorkCounts {
  std::int64_t tokens = 0;
  std::array<std::int64_t, kMaxAttentionSpans> prefill_pairs{};
  std::array<std::int64_t, kMaxAttentionSpans> decode_pairs{};
  std::array<std::int64_t, kMaxAttentionSpans> prefill_read{}, decode_read{};  // KV tokens read
};

struct Batch {
  std::vector<BatchRow> rows;
  std::size_t first_prefill = 0;  // rows before it are decodes; only with a prefill
  BatchSummary summary;
  WorkCounts first;  // tokens computed for the first time
  WorkCounts
      again;  // tokens that had been computed before: preempted, evicted, or cached elsewhere
  std::array<std::int64_t, kMaxAttentionSpans> kv_reread{};  // earlier chunks of the same prompt
  BatchLimit limited_by = BatchLimit::kOfferedLoad;
  bool decode_only = false;  // every row is one decode token that samples
  bool stands = false;       // the policy would decide the same again
  // Of this batch; its other parts are kept by token count. Absent where a stretch moved the batch
  // on.
  std::optional<IterationCost::Totals> attention;
  double time_s = 0;     // of the cost model
  Duration duration{0};  // rounded
  TimePoint start{0};
  TimePoint end() const { return start + duration; }
  void clear();
};

// Turns a plan into a batch: advances computed_tokens, placeholders and high_water of every
// sequence in it, and sums up its work. `batch` arrives cleared.
void schedule_batch(const BatchPlan& plan, SequencePool& sequences,
                    const std::vector<AttentionSpan>& spans, Batch& batch);

}  // namespace headroom
