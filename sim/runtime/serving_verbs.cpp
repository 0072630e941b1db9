// What a workload can do: submit, fork, extend, cancel, be woken.
#include <utility>

#include "sim/base/check.hpp"
#include "sim/runtime/serving_run.hpp"

namespace headroom {

SequenceId ServingRun::submit(const SequenceRequest& request) {
  const auto id = static_cast<SequenceId>(result_.outcomes.size());
  RequestOutcome& out = result_.outcomes.emplace_back();
  places_.emplace_back();
  out.arrival = out.queued = kernel_.now();
  out.prompt_tokens = request.prompt_tokens;
  out.class_id = request.class_id;
  arrivals_.push_back({id, request});
  wake_at_end_of_instant();
  return id;
}

SequenceId ServingRun::fork(SequenceId parent, std::int32_t shared_tokens,
                            const SequenceRequest& request) {
  const Place place = places_[static_cast<std::size_t>(parent)];
  HEADROOM_CHECK(place.index != kNoSequence, "the parent ", parent, " of a fork is alive");
  Slot& slot = slots_[static_cast<std::size_t>(place.replica)];
  prepare_change(slot);
  Sequence& source = slot.replica->sequences()[place.index];
  HEADROOM_CHECK(shared_tokens >= 0 && shared_tokens <= source.known_tokens,
                 "a fork shares known tokens only");
  const auto id = static_cast<SequenceId>(result_.outcomes.size());
  RequestOutcome& out = result_.outcomes.emplace_back();
  places_.emplace_back();
  out.arrival = out.queued = kernel_.now();
  out.parent_id = static_cast<std::int32_t>(parent);
  out.class_id = request.class_id;
  SequenceRequest child = request;
  child.prompt_tokens += shared_tokens;
  out.prompt_tokens = child.prompt_tokens;
  wake_at_end_of_instant();
  if (reject_if_impossible(id, child)) {
    deliver_events();
    return id;
  }
  child.prompt_tokens -= shared_tokens;
  place_sequence(place.replica, id, child, &source, shared_tokens);
  return id;
}

void ServingRun::extend(SequenceId sequence, std::int32_t input_tokens, std::int32_t output_tokens,
                        std::int32_t pause_at_output) {
  const Place place = places_[static_cast<std::size_t>(sequence)];
  HEADROOM_CHECK(place.index != kNoSequence, "sequence ", sequence,
                 " is alive when it is extended");
  Slot& slot = slots_[static_cast<std::size_t>(place.replica)];
  prepare_change(slot);
  Sequence& s = slot.replica->sequences()[place.index];
  HEADROOM_CHECK(s.state == SequenceState::kPaused, "sequence ", sequence,
                 " is paused when it is extended");
  HEADROOM_CHECK(input_tokens >= 0 && output_tokens >= 1,
                 "an extension has output, and no negative input");
  HEADROOM_CHECK(s.known_tokens + input_tokens + output_tokens <= setup_.max_model_len,
                 "an extension fits max_model_len");
  const KvCache& kv = slot.replica->kv();
  HEADROOM_CHECK(can_ever_fit(kv.layout(), kv.options(), kv.pool().usable(),
                              s.known_tokens + input_tokens, output_tokens),
                 "an extension fits the KV cache");
  const std::int32_t emitted = s.emitted();
  const std::int32_t old_output = s.max_output_tokens;
  s.known_tokens += input_tokens;
  s.prompt_tokens += input_tokens;
  s.max_output_tokens = emitted + output_tokens;
  s.pause_at_output = pause_at_output > 0 ? emitted + pause_at_output : 0;
  if (s.pause_at_output >= s.max_output_tokens) s.pause_at_output = 0;
  slot.view.outstanding_tokens += input_tokens + s.max_output_tokens - old_output;
  slot.replica->sequences().remove_paused(place.index);
  slot.replica->enqueue(place.index);
  wake_at_end_of_instant();
}

bool ServingRun::cancel(SequenceId sequence) {
  const auto at = static_cast<std::size_t>(sequence);
  if (outcome(sequence).status != RequestStatus::kPending) return false;
  const Place place = places_[at];
  if (place.index == kNoSequence) {  // submitted in this instant, not yet routed
    std::erase_if(arrivals_, [&](const Arrival& a) { return a.id == sequence; });
  } else {
    Slot& slot = slots_[static_cast<std::size_t>(place.replica)];
    prepare_change(slot);
    const Sequence& s = slot.replica->sequences()[place.index];
    outcome(sequence).output_tokens = s.emitted();
    slot.view.outstanding_tokens -= s.prompt_tokens + s.max_output_tokens;
    slot.replica->cancel(place.index);
    --slot.view.outstanding_requests;
  }
  end_sequence(sequence, RequestStatus::kCancelled, kernel_.now());
  wake_at_end_of_instant();
  tell(EventKind::kCancelled, sequence);
  deliver_events();
  return true;
}

void ServingRun::wake_at(TimePoint date, std::uint64_t token) {
  kernel_.at(date, *this, token << kKindBits | kTimer);
}

}  // namespace headroom
