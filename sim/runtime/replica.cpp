#include "sim/runtime/replica.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
Replica::Replica(std::int32_t index, const ReplicaContext& context, KvCache kv,
                 std::unique_ptr<BatchPolicy> policy, const ReplicaOptions& options,
                 Duration resource_bin)
    : index_(index),
      context_(context),
      options_(options),
      kv_(std::move(kv)),
      policy_(std::move(policy)),
      wake_up_(kNever) {
  out_.series = ResourceSeries(resource_bin);
  if (context_.pass != nullptr) prepare_passes(resource_bin);
}

void Replica::enqueue(SequenceIndex index) {
  if (options_.policy == QueuePolicy::kFcfs) {
    sequences_.wait_at_back(index);
  } else {
    sequences_.wait_by_priority(index);
  }
  if (!is_executing()) wants_decision_ = true;
}

void Replica::cancel(SequenceIndex index) {
  Sequence& sequence = sequences_[index];
  switch (sequence.state) {
    case SequenceState::kWaiting:
      sequences_.remove_waiting(index);
      break;
    case SequenceState::kPaused:
      sequences_.remove_paused(index);
      break;
    case SequenceState::kRunning:
      sequences_.remove_running(running_position(index));
      break;
    case SequenceState::kFree:
      HEADROOM_CHECK(false, "only a living sequence is cancelled");
  }
  kv_.release(sequence);
  sequences_.destroy(index);
  if (!is_executing()) wants_decision_ = true;
}

std::size_t Replica::running_position(SequenceIndex index) {
  const auto& running = sequences_.running();
  const auto hint =
      running.begin() + static_cast<std::ptrdiff_t>(std::min(running_hint_, running.size()));
  auto place = std::find(hint, running.end(), index);
  if (place == running.end()) {
    place = std::find(running.begin(), hint, index);
    HEADROOM_CHECK(place != hint, "sequence ", sequences_[index].id, " is running");
  }
  running_hint_ = static_cast<std::size_t>(place - running.begin());
  return running_hint_;
}

TimePoint Replica::next_boundary() const {
  if (crossings_ > 0) return steps_[static_cast<std::size_t>(crossings_)].end;
  return batches_[static_cast<std::size_t>(front_)].end();
}

void Replica::on_boundary(TimePoint now) {
  if (crossings_ > 0) apply_stretch();
  Batch& done = batch_at(0);
  HEADROOM_CHECK(done.end() == now, "a step ends when its duration is over");
  take_results(done, now);
  front_ = (front_ + 1) % 2;
  --in_flight_;
  if (in_flight_ > 0) start_front(now);
  wants_decision_ = true;
  if (options_.check_invariants) kv_.check_invariants(sequences_);
}

void Replica::start_front(TimePoint now) {
  Batch& batch = batch_at(0);
  batch.start = now;
  if (context_.observer != nullptr)
    context_.observer->on_iteration_start({index_, batch, sequences_, kv_.pool().used_blocks()});
  if (batch.summary.prefill_sequences == 0) return;  // decodes were scheduled before
  for (std::size_t i = batch.first_prefill; i < batch.rows.size(); ++i) {
    const BatchRow& row = batch.rows[i];
    Sequence& sequence = sequences_[row.sequence];
    const bool known = sequence.first_token_emitted;
    if (!known && sequence.epoch == row.epoch)
      context_.listener.on_scheduled(index_, sequence, now);
  }
}

void Replica::take_results(Batch& batch, TimePoint now) {
  ++out_.iterations;
  bool critical_emitted = false;
  std::int64_t emitted = 0;
  std::int64_t together =
      0;  // rows whose last token left when this step started: they share one gap
  std::size_t ended = 0;
  for (const auto& row : batch.rows) {
    Sequence& sequence = sequences_[row.sequence];
    if (sequence.epoch != row.epoch || !row.samples) continue;
    critical_emitted = critical_emitted || sequence.id == critical_id_;
    if (sequence.first_token_emitted && sequence.last_emit == batch.start) {
      ++together;
    } else if (sequence.first_token_emitted) {
      count_gap(sequence.last_emit, now, 1);
    }
    ++emitted;
    if (is_in_the_middle(sequence)) {
      --sequence.placeholders;
      ++sequence.known_tokens;
      sequence.last_emit = now;
      continue;
    }
    if (!emit(row.sequence, now)) continue;
    finish(row.sequence, now);
    ++ended;
  }
  if (ended > 0) sequences_.remove_ended(ended);
  if (together > 0) count_gap(batch.start, now, together);
  // Where the critical sequence is not served one step is unavoidable: the first that yields a
  // token. Should it come later, its own first token's step is the one already counted.
  const bool first_step = !step_credited_ && batch.summary.sampled_sequences > 0;
  const bool counted_before = critical_emitted && step_credited_ && !critical_counted_;
  critical_counted_ = critical_counted_ || critical_emitted;
  const bool unavoidable = first_step || (critical_emitted && !counted_before);
  step_credited_ = step_credited_ || unavoidable;
  account(batch, emitted, unavoidable);
  record_iteration(batch, batch.start, now);
}

// Nothing happens with its next token but that there is one more: nearly always.
bool Replica::is_in_the_middle(const Sequence& sequence) const {
  const std::int32_t emitted = sequence.emitted() + 1;
  return sequence.first_token_emitted && emitted < sequence.max_output_tokens &&
         emitted != sequence.pause_at_output && !hashes_returned_tokens();
}

// One more token of the sequence leaves the engine. True if it was the last.
bool Replica::emit(SequenceIndex index, TimePoint now) {
  Sequence& sequence = sequences_[index];
  --sequence.placeholders;
  ++sequence.known_tokens;
  sequence.last_emit = now;
  if (!sequence.first_token_emitted) {
    sequence.first_token_emitted = true;
    context_.listener.on_first_token(index_, sequence, now);
  }
  const std::int32_t emitted = sequence.emitted();
  if (emitted >= sequence.max_output_tokens) return true;
  if (hashes_returned_tokens())
    kv_.hash_blocks(sequence, sequence.computed_tokens - sequence.placeholders);
  if (emitted == sequence.pause_at_output) {
    sequences_.pause_running(running_position(index));
    context_.listener.on_paused(index_, sequence, now);
  }
  return false;
}

// It stays in the running list until the others of its step are through.
void Replica::finish(SequenceIndex index, TimePoint now) {
  kv_.release(sequences_[index]);
  context_.listener.on_finished(index_, sequences_[index], now);
  sequences_.destroy(index);
}

void Replica::decide(TimePoint now, TimePoint quiet_until) {
  wants_decision_ = false;
  wake_up_ = kNever;
  while (in_flight_ < options_.async_depth) {
    Batch& batch = batch_at(in_flight_);
    plan_batch(batch, now);
    if (batch.rows.empty()) break;
    ++in_flight_;
    if (in_flight_ == 1) start_front(now);
  }
  if (options_.fast_forward && in_flight_ > 0) try_stretch(quiet_until);
}

void Replica::plan_batch(Batch& batch, TimePoint now) {
  while (true) {
    plan_.clear();
    BatchView view{now, sequences_, kv_};
    policy_->plan_iteration(view, plan_);
    for (const SequenceIndex victim : plan_.preempted) {
      context_.listener.on_preempted(index_, sequences_[victim]);
      if (context_.observer != nullptr)
        context_.observer->on_preempted(index_, sequences_[victim].id, now);
    }
    // Nothing runs, nothing can: blocks held by paused sequences are in the way of waiting ones.
    const bool stuck = plan_.slots.empty() && in_flight_ == 0 && !sequences_.waiting().empty() &&
                       plan_.limited_by == BatchLimit::kMemory;
    if (!stuck) break;
    relieve_paused();
  }
  wake_up_ = plan_.wake_up;
  batch.clear();
  if (context_.pass != nullptr) collect_pass_rows();
  schedule_batch(plan_, sequences_, context_.spans, batch);
  if (batch.rows.empty()) return;
  if (context_.pass != nullptr) {
    run_pass(batch, now);
    return;
  }
  batch.attention = context_.cost.attention_part(batch.summary);
  // The same sum in the same order as IterationCost::iteration_seconds.
  batch.time_s = context_.cost.token_part(batch.summary.new_tokens).time_s +
                 context_.cost.sampling_part(batch.summary.sampled_sequences).time_s +
                 batch.attention->time_s;
  batch.duration = to_duration(Seconds{batch.time_s});
}

// Somebody who is not computing gives its KV up, the longest paused first; it is computed again
// when it goes on.
void Replica::relieve_paused() {
  const auto give_up = [&](const auto& queue) {
    for (const SequenceIndex index : queue) {
      if (sequences_[index].computed_tokens == 0) continue;
      kv_.release(sequences_[index]);
      return true;
    }
    return false;
  };
  if (give_up(sequences_.paused()) || give_up(sequences_.waiting())) return;
  HEADROOM_CHECK(
      !plan_.preempted.empty(), "a sequence that fits is admitted to an idle replica: sequence ",
      sequences_[sequences_.waiting().front()].id, " with ", kv_.free_blocks(), " free blocks");
}

ReplicaResult Replica::take_result() {
  out_.kv_blocks = kv_.pool().usable();
  out_.kv_peak_blocks = kv_.pool().peak_used();
  out_.kv_evictions = kv_.pool().evictions();
  out_.prefix_queried_tokens = kv_.counters().queried_tokens;
  out_.prefix_hit_tokens = kv_.counters().hit_tokens;
  if (context_.pass != nullptr) take_passes();
  return std::move(out_);
}

void Replica::account_idle(IdleCause cause, Duration time) {
  out_.account.idle_ns[static_cast<std::size_t>(cause)] += time.value;
}

}  // namespace headroom
