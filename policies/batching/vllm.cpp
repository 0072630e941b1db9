#include "policies/batching/vllm.hpp"

#include <algorithm>
#include <tuple>

namespace headroom {
namespace {

// One token, and the last one there is until it is sampled.
bool is_decode(const Sequence& sequence, std::int32_t fresh) {
  return fresh == 1 && sequence.rows_ready() == 1;
}

}  // namespace

void VllmScheduler::plan_iteration(BatchView& view, BatchPlan& plan, std::int64_t most_admissions) {
  budget_ = config_.max_num_batched_tokens;
  all_decode_ = true;
  schedule_running(view, plan);
  if (plan.preempted.empty()) {
    schedule_waiting(view, plan, most_admissions);
  } else {
    plan.limited_by = BatchLimit::kMemory;
  }
  plan.valid_for = standing_time(view, plan);
}

std::int32_t VllmScheduler::below_threshold(std::int32_t rows) const {
  const std::int64_t threshold = config_.long_prefill_token_threshold;
  return threshold > 0 ? static_cast<std::int32_t>(std::min<std::int64_t>(rows, threshold)) : rows;
}

std::int32_t VllmScheduler::chunk_of(std::int32_t rows) const {
  return static_cast<std::int32_t>(std::min<std::int64_t>(below_threshold(rows), budget_));
}

void VllmScheduler::schedule_running(BatchView& view, BatchPlan& plan) {
  SequencePool& sequences = view.sequences;
  for (std::size_t i = 0; i < sequences.running().size() && budget_ > 0; ++i) {
    const SequenceIndex index = sequences.running()[i];
    const Sequence& sequence = sequences[index];
    // Length stops are known ahead: no row beyond the last token, also when its sampling is still
    // under way.
    const std::int32_t fresh = chunk_of(std::min(sequence.rows_ready(), sequence.rows_left()));
    if (fresh <= 0) continue;
    if (!view.kv.try_extend(sequences[index], fresh) && !make_room(view, plan, i, fresh)) break;
    plan.slots.push_back({index, fresh});
    budget_ -= fresh;
    all_decode_ = all_decode_ && is_decode(sequence, fresh);
  }
}

bool VllmScheduler::make_room(BatchView& view, BatchPlan& plan, std::size_t& position,
                              std::int32_t fresh) {
  SequencePool& sequences = view.sequences;
  const SequenceIndex index = sequences.running()[position];
  do {
    if (take_from_idle(view)) continue;
    const std::size_t victim_position = choose_victim(sequences);
    const SequenceIndex victim = sequences.running()[victim_position];
    // A victim that was already given tokens in this step loses them; they return to the budget.
    const auto slot = std::find_if(plan.slots.begin(), plan.slots.end(),
                                   [&](const BatchSlot& s) { return s.sequence == victim; });
    if (slot != plan.slots.end()) {
      budget_ += slot->new_tokens;
      plan.slots.erase(slot);
    }
    preempt(view, plan, victim_position);
    if (victim == index) return false;
    if (victim_position < position) --position;
  } while (!view.kv.try_extend(sequences[index], fresh));
  return true;
}

// Paused sequences first, the longest paused ahead; then those that were extended and wait to go
// on, the last in the queue ahead. Otherwise a running sequence would give way to blocks that
// nobody computes on, again and again.
bool VllmScheduler::take_from_idle(BatchView& view) const {
  SequencePool& sequences = view.sequences;
  if (!sequences.ever_paused()) return false;
  const auto release_first = [&](auto begin, auto end) {
    const auto holder =
        std::find_if(begin, end, [&](SequenceIndex i) { return sequences[i].computed_tokens > 0; });
    if (holder == end) return false;
    view.kv.release(sequences[*holder]);
    return true;
  };
  const auto& paused = sequences.paused();
  const auto& waiting = sequences.waiting();
  return release_first(paused.begin(), paused.end()) ||
         release_first(waiting.rbegin(), waiting.rend());
}

// fcfs: the last of the running list. priority: the largest (priority, arrival), that is the least
// urgent, youngest.
std::size_t VllmScheduler::choose_victim(const SequencePool& sequences) const {
  const auto& running = sequences.running();
  if (config_.policy == QueuePolicy::kFcfs) return running.size() - 1;
  const auto urgency = [&](SequenceIndex index) {
    const Sequence& s = sequences[index];
    return std::tuple(s.priority, s.arrival, s.id);
  };
  const auto victim = std::max_element(running.begin(), running.end(),
                                       [&](auto a, auto b) { return urgency(a) < urgency(b); });
  return static_cast<std::size_t>(victim - running.begin());
}

void VllmScheduler::preempt(BatchView& view, BatchPlan& plan, std::size_t position) {
  SequencePool& sequences = view.sequences;
  const SequenceIndex index = sequences.running()[position];
  Sequence& sequence = sequences[index];
  view.kv.release(sequence);
  // The token under way is lost with the blocks it was computed from.
  sequence.placeholders = 0;
  ++sequence.epoch;
  sequences.remove_running(position);
  if (config_.policy == QueuePolicy::kFcfs) {
    sequences.wait_at_front(index);
  } else {
    sequences.wait_by_priority(index);
  }
  plan.preempted.push_back(index);
}

void VllmScheduler::schedule_waiting(BatchView& view, BatchPlan& plan,
                                     std::int64_t most_admissions) {
  SequencePool& sequences = view.sequences;
  for (std::int64_t admitted = 0; !sequences.waiting().empty(); ++admitted) {
    if (admitted >= most_admissions || budget_ <= 0 ||
        static_cast<std::int64_t>(sequences.running().size()) >= config_.max_num_seqs) {
      plan.limited_by = BatchLimit::kPolicy;
      return;
    }
    // Strict head-of-line blocking: what stops the head stops everybody behind it.
    if (!admit_head(view, plan)) return;
  }
}

bool VllmScheduler::admit_head(BatchView& view, BatchPlan& plan) {
  SequencePool& sequences = view.sequences;
  const SequenceIndex index = sequences.waiting().front();
  Sequence& sequence = sequences[index];
  const bool holds_blocks = sequence.computed_tokens > 0;  // extended after a pause
  const std::int32_t hit = holds_blocks ? sequence.computed_tokens : view.kv.lookup(sequence);
  const std::int32_t rows = sequence.known_tokens - hit;
  const std::int32_t wanted = below_threshold(rows);
  if (!config_.enable_chunked_prefill && wanted > budget_) {
    plan.limited_by = BatchLimit::kPolicy;
    return false;
  }
  const std::int32_t fresh = chunk_of(rows);
  const bool admitted = holds_blocks
                            ? view.kv.try_extend(sequence, fresh)
                            : view.kv.try_admit(sequence, hit, fresh, !sequences.running().empty());
  if (!admitted) {
    plan.limited_by = BatchLimit::kMemory;
    return false;
  }
  sequences.run_front_of_waiting();
  plan.slots.push_back({index, fresh});
  all_decode_ = all_decode_ && is_decode(sequence, fresh);
  budget_ -= fresh;
  return true;
}

// A batch of decodes stands until something happens: rows repeat, and a head of the queue that was
// refused stays refused, since decoding only takes blocks. Except that windows give some back, and
// that chunks advance.
IterationCount VllmScheduler::standing_time(const BatchView& view, const BatchPlan& plan) const {
  const SequencePool& sequences = view.sequences;
  if (plan.slots.empty() || !plan.preempted.empty()) return IterationCount{1};
  if (view.kv.has_windows() && !sequences.waiting().empty()) return IterationCount{1};
  if (!sequences.waiting().empty()) {
    // What the head could find in the cache changes while others decode: a fork may find more. Less
    // is found as cached blocks are evicted; that only matters where not the whole sequence has to
    // fit.
    const Sequence& head = sequences[sequences.waiting().front()];
    const bool looks_up = head.hash_count > 0 || head.may_hit;
    const bool whole_sequence_fits_or_waits =
        config_.scheduler_reserve_full_isl && config_.enable_chunked_prefill;
    if (head.forked || (looks_up && !whole_sequence_fits_or_waits)) return IterationCount{1};
  }
  return all_decode_ ? kUntilNextEvent : IterationCount{1};
}

}  // namespace headroom
