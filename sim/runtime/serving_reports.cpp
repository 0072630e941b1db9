// What replicas report, who is told of it, and what idle replicas wait for.
#include <string>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/runtime/serving_run.hpp"

namespace headroom {

void ServingRun::on_scheduled(std::int32_t, Sequence& sequence, TimePoint start) {
  RequestOutcome& out = outcome(sequence.id);
  if (out.scheduled.value >= 0) return;
  out.scheduled = start;
  out.cached_tokens = sequence.prefill_start;
}

void ServingRun::on_first_token(std::int32_t, const Sequence& sequence, TimePoint now) {
  outcome(sequence.id).first_token = now;
  tell(EventKind::kFirstToken, sequence.id);
}

void ServingRun::on_paused(std::int32_t, const Sequence& sequence, TimePoint) {
  tell(EventKind::kPaused, sequence.id);
}

void ServingRun::on_preempted(std::int32_t, const Sequence& sequence) {
  ++outcome(sequence.id).preemptions;
}

void ServingRun::on_finished(std::int32_t replica, const Sequence& sequence, TimePoint now) {
  Slot& slot = slots_[static_cast<std::size_t>(replica)];
  --slot.view.outstanding_requests;
  slot.view.outstanding_tokens -= sequence.prompt_tokens + sequence.max_output_tokens;
  outcome(sequence.id).output_tokens = sequence.emitted();
  end_sequence(sequence.id, RequestStatus::kFinished, now);
  tell(EventKind::kFinished, sequence.id);
}

void ServingRun::end_sequence(SequenceId id, RequestStatus status, TimePoint now) {
  RequestOutcome& out = outcome(id);
  out.status = status;
  if (status != RequestStatus::kRejected) out.finish = now;
  places_[static_cast<std::size_t>(id)] = {};
  ++ended_;
}

void ServingRun::tell(EventKind kind, SequenceId id) {
  if (workload_.wants(kind)) pending_events_.push_back({kind, kernel_.now(), id, 0});
}

// Answers may cause more events; they are told in the order they happened.
void ServingRun::deliver_events() {
  if (delivering_) return;
  delivering_ = true;
  for (std::size_t i = 0; i < pending_events_.size(); ++i) {
    const WorkloadEvent event = pending_events_[i];
    workload_.on_event(event, *this);
  }
  pending_events_.clear();
  delivering_ = false;
}

void ServingRun::account_idle(Slot& slot, TimePoint now) {
  slot.replica->account_idle(slot.idle_cause, elapsed(slot.idle_since, now));
  slot.idle_since = now;
}

// Why a replica that executes nothing does not: as things stand once an instant is over.
IdleCause ServingRun::idle_cause(const Slot& slot, bool work_elsewhere) {
  if (slot.replica->sequences().waiting().empty())
    return work_elsewhere ? IdleCause::kImbalance : IdleCause::kNoWork;
  return slot.replica->limited_by() == BatchLimit::kMemory ? IdleCause::kMemory
                                                           : IdleCause::kPolicy;
}

// A spell of idleness ends when the replica starts or when its reason changes; what arrived in this
// very instant is no reason for the time before it.
void ServingRun::refresh_idle(TimePoint now) {
  bool waiting = false;
  for (const Slot& slot : slots_) waiting = waiting || !slot.replica->sequences().waiting().empty();
  for (Slot& slot : slots_) {
    const bool idle = !slot.replica->is_executing();
    const IdleCause cause = idle ? idle_cause(slot, waiting) : IdleCause::kNoWork;
    if (slot.idle && (!idle || cause != slot.idle_cause)) account_idle(slot, now);
    if (idle && !slot.idle) slot.idle_since = now;
    slot.idle = idle;
    slot.idle_cause = cause;
  }
}

void ServingRun::check_all_ended() const {
  std::string holders;
  for (const Slot& slot : slots_) {
    const SequencePool& pool = slot.replica->sequences();
    for (const SequenceIndex index : pool.paused()) {
      holders += (holders.empty() ? "" : ", ") + std::to_string(pool[index].id);
    }
    HEADROOM_CHECK(pool.running().empty() && pool.waiting().empty(),
                   "work is left when nothing will happen any more");
    HEADROOM_CHECK(!pool.paused().empty() || slot.replica->kv().pool().used_blocks() == 0,
                   "all KV blocks are returned at the end, not ",
                   slot.replica->kv().pool().used_blocks(), " still used");
  }
  if (!holders.empty())
    throw DeadlockError(
        "deadlock: nothing is left to happen, and these sequences are paused for good: " + holders);
}

RunResult ServingRun::take_result() {
  const TimePoint end = TimePoint{0} + result_.makespan;
  for (Slot& slot : slots_) {
    // Timers may have fired after the last token; the makespan ends with the token.
    if (slot.idle && slot.idle_since < end) account_idle(slot, end);
    result_.replicas.push_back(slot.replica->take_result());
  }
  return std::move(result_);
}

}  // namespace headroom
