#include "policies/batching/static_batch.hpp"

#include <algorithm>

namespace headroom {

void StaticBatch::plan_iteration(BatchView& view, BatchPlan& plan) {
  if (view.sequences.running().empty()) {
    start_batch(view, plan);
  } else {
    continue_batch(view, plan);
  }
}

void StaticBatch::start_batch(BatchView& view, BatchPlan& plan) {
  SequencePool& sequences = view.sequences;
  batch_.clear();
  unreserved_blocks_ = view.kv.free_blocks();
  while (!sequences.waiting().empty()) {
    const SequenceIndex head = sequences.waiting().front();
    if (static_cast<std::int64_t>(batch_.size()) >= max_num_seqs_) {
      plan.limited_by = BatchLimit::kPolicy;
      break;
    }
    if (!admit(view, head)) {
      plan.limited_by = BatchLimit::kMemory;
      break;
    }
    batch_.push_back(head);
  }
  std::stable_sort(batch_.begin(), batch_.end(), [&](SequenceIndex a, SequenceIndex b) {
    return sequences[a].prompt_tokens > sequences[b].prompt_tokens;
  });
  for (const SequenceIndex index : batch_)
    plan.slots.push_back({index, sequences[index].rows_ready()});
}

bool StaticBatch::admit(BatchView& view, SequenceIndex index) {
  Sequence& sequence = view.sequences[index];
  const std::int64_t tokens = sequence.prompt_tokens + sequence.max_output_tokens - 1;
  const std::int64_t blocks = peak_blocks(view.kv.layout(), tokens, sequence.rows_ready());
  const bool holds_blocks = sequence.computed_tokens > 0;  // extended after a pause
  if (!holds_blocks && blocks > unreserved_blocks_) return false;
  const std::int32_t hit = holds_blocks ? sequence.computed_tokens : view.kv.lookup(sequence);
  const std::int32_t fresh = sequence.known_tokens - hit;
  const bool fits = holds_blocks ? view.kv.try_extend(sequence, fresh)
                                 : view.kv.try_admit(sequence, hit, fresh, !batch_.empty());
  if (!fits) return false;
  unreserved_blocks_ -= blocks;
  view.sequences.run_front_of_waiting();
  return true;
}

void StaticBatch::continue_batch(BatchView& view, BatchPlan& plan) {
  SequencePool& sequences = view.sequences;
  // Nobody joins while a batch runs, so whoever runs at an index of the batch is of the batch.
  std::erase_if(batch_, [&](SequenceIndex index) {
    return sequences[index].state != SequenceState::kRunning;
  });
  bool all_decode = true;
  for (const SequenceIndex index : batch_) {
    Sequence& sequence = sequences[index];
    const std::int32_t fresh = std::min(sequence.rows_ready(), sequence.rows_left());
    if (fresh <= 0) continue;
    if (!view.kv.try_extend(sequence, fresh)) {
      put_back(view, plan, index);
      continue;
    }
    plan.slots.push_back({index, fresh});
    all_decode = all_decode && fresh == 1;
  }
  if (!sequences.waiting().empty()) plan.limited_by = BatchLimit::kPolicy;
  // Until the runtime sees a completion the batch stays what it is, whatever arrives.
  if (all_decode && plan.preempted.empty() && !plan.slots.empty()) plan.valid_for = kUntilNextEvent;
}

// Only where sequences went on after a pause, with tokens that were not reserved.
void StaticBatch::put_back(BatchView& view, BatchPlan& plan, SequenceIndex index) {
  SequencePool& sequences = view.sequences;
  Sequence& sequence = sequences[index];
  view.kv.release(sequence);
  sequence.placeholders = 0;
  ++sequence.epoch;
  const auto& running = sequences.running();
  sequences.remove_running(
      static_cast<std::size_t>(std::find(running.begin(), running.end(), index) - running.begin()));
  sequences.wait_at_front(index);
  plan.preempted.push_back(index);
}

}  // namespace headroom
