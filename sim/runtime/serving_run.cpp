// The course of a run: instants, arrivals, decisions.
#include "sim/runtime/serving_run.hpp"

#include <iterator>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {

ServingRun::ServingRun(const ServingSetup& setup, Workload& workload, Kernel& kernel,
                       const RunOptions& options)
    : setup_(setup),
      workload_(workload),
      kernel_(kernel),
      options_(options),
      cost_(setup.model, setup.op_times, setup.gpu),
      rates_(work_rates(setup.model, setup.roofline)),
      views_(static_cast<std::size_t>(setup.replicas)),
      router_(setup.make_router()) {
  const ServingConfig& serving = setup.serving;
  const bool in_passes = !setup.pass_runners.empty();
  HEADROOM_CHECK(!in_passes || std::ssize(setup.pass_runners) == setup.replicas,
                 "every replica has a pass runner, or none");
  KvCacheOptions kv_options = kv_cache_options(serving, setup.max_model_len);
  kv_options.count_blocks_only = !serving.enable_prefix_caching;
  const ReplicaOptions replica_options{
      .async_depth = serving.async_scheduling && !in_passes ? 2 : 1,
      // Rows say what every single iteration found: so every one is stepped.
      .fast_forward = options.fast_forward && !setup.record_iterations && !in_passes &&
                      options.observer == nullptr,
      .record_iterations = setup.record_iterations,
      .max_iterations = setup.max_iterations,
      .prefix_caching = serving.enable_prefix_caching,
      .measure_after = setup.measure_after,
      .measure_until = setup.measure_until,
      .check_invariants = options.check_invariants,
      .policy = serving.policy};
  ReplicaContext context{cost_, rates_,  setup.model.model(), setup.model.spans(), result_,
                         *this, nullptr, options.observer};
  if (in_passes) pass_rates_ = pass_rates(setup.model, setup.roofline);
  for (PassRunner* runner : setup.pass_runners)
    seams_.push_back({*runner, *pass_rates_, setup.roofline});
  const KvLayout layout = kv_layout(setup.model, serving.block_size);
  for (std::int64_t i = 0; i < setup.replicas; ++i) {
    Slot slot;
    context.pass = in_passes ? &seams_[static_cast<std::size_t>(i)] : nullptr;
    slot.replica =
        std::make_unique<Replica>(static_cast<std::int32_t>(i), context,
                                  KvCache(layout, setup.kv_blocks, kv_options, setup.identities),
                                  setup.make_batch_policy(), replica_options, setup.resource_bin);
    slots_.push_back(std::move(slot));
  }
}

RunResult ServingRun::run() {
  pending_events_.push_back({EventKind::kStart, kernel_.now(), kNoParent, 0});
  deliver_events();
  kernel_.run();
  check_all_ended();
  return take_result();
}

void ServingRun::on_event(std::uint64_t token) {
  constexpr std::int64_t kProgressInterval = 4096;
  if (options_.on_progress && ++events_ % kProgressInterval == 0)
    options_.on_progress(ended_, kernel_.now());
  const std::uint64_t payload = token >> kKindBits;
  switch (token & ((1U << kKindBits) - 1)) {
    case kBoundary:
      slots_[payload].boundary = kNoDate;
      slots_[payload].at_boundary = true;
      break;
    case kWakeUp:
      slots_[payload].wake_up = kNoDate;
      break;
    case kTimer:
      due_timers_.push_back(payload);
      break;
    default:
      on_instant_end();
      return;
  }
  wake_at_end_of_instant();
}

void ServingRun::wake_at_end_of_instant() {
  if (instant_end_requested_) return;
  instant_end_requested_ = true;
  kernel_.at_end_of_instant(*this, kEndOfInstant);
}

void ServingRun::on_instant_end() {
  const TimePoint now = kernel_.now();
  // First everything that happened, replica by replica, then the timers; only then is anybody told,
  // and answers.
  for (Slot& slot : slots_) cross_boundary(slot);
  for (const std::uint64_t token : due_timers_)
    pending_events_.push_back({EventKind::kTimer, now, kNoParent, token});
  due_timers_.clear();
  deliver_events();
  route_arrivals();
  instant_end_requested_ = false;
  const TimePoint quiet_until = workload_.quiet_until();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    const bool woken = !slot.replica->is_executing() && slot.replica->wake_up() <= now;
    if (!slot.replica->wants_decision() && !woken) continue;
    slot.replica->decide(now, quiet_until);
    update_events(static_cast<std::int32_t>(i));
  }
  refresh_idle(now);
  decided_at_ = now;
}

void ServingRun::cross_boundary(Slot& slot) {
  if (!slot.at_boundary) return;
  slot.at_boundary = false;
  slot.replica->on_boundary(kernel_.now());
  result_.makespan = elapsed(TimePoint{0}, kernel_.now());
}

void ServingRun::route_arrivals() {
  // Rejections may make the workload submit more: the list can grow while it is read.
  for (std::size_t i = 0; i < arrivals_.size(); ++i) {
    Arrival arrival = arrivals_[i];
    if (reject_if_impossible(arrival.id, arrival.request)) {
      deliver_events();
      continue;
    }
    const Request as_request{.arrival = outcome(arrival.id).arrival,
                             .prompt_tokens = arrival.request.prompt_tokens,
                             .output_tokens = arrival.request.output_tokens,
                             .hash_offset = arrival.request.hash_offset,
                             .hash_count = arrival.request.hash_count,
                             .class_id = arrival.request.class_id,
                             .priority = arrival.request.priority};
    for (std::size_t r = 0; r < slots_.size(); ++r) views_[r] = slots_[r].view;
    const std::size_t chosen = router_->route(as_request, views_);
    HEADROOM_CHECK(chosen < slots_.size(), "the router chooses one of ", slots_.size(),
                   " replicas, not ", chosen);
    place_sequence(static_cast<std::int32_t>(chosen), arrival.id, arrival.request, nullptr, 0);
  }
  arrivals_.clear();
}

// Some requests can never run; said once, with the reason, instead of looping over them.
bool ServingRun::reject_if_impossible(SequenceId id, SequenceRequest& request) {
  RequestOutcome& out = outcome(id);
  const std::int64_t room = setup_.max_model_len - request.prompt_tokens;
  if (room < request.output_tokens && room >= 1) {
    request.output_tokens = static_cast<std::int32_t>(room);
    ++result_.length_capped;
  }
  if (room < 1) {
    out.reason = RejectReason::kExceedsMaxModelLen;
  } else if (const KvCache& kv = slots_.front().replica->kv();
             !can_ever_fit(kv.layout(), kv.options(), kv.pool().usable(), request.prompt_tokens,
                           request.output_tokens)) {
    out.reason = RejectReason::kExceedsKvCapacity;
  } else {
    return false;
  }
  end_sequence(id, RequestStatus::kRejected, kernel_.now());
  tell(EventKind::kRejected, id);
  return true;
}

void ServingRun::place_sequence(std::int32_t replica, SequenceId id, const SequenceRequest& request,
                                Sequence* parent, std::int32_t shared_tokens) {
  Slot& slot = slots_[static_cast<std::size_t>(replica)];
  SequencePool& pool = slot.replica->sequences();
  // Creating may move storage: the parent is found again through its place.
  const Place parent_place =
      parent == nullptr ? Place{} : places_[static_cast<std::size_t>(parent->id)];
  const SequenceIndex index = pool.create();
  Sequence& s = pool[index];
  s.id = id;
  s.author = mix_bits(static_cast<std::uint64_t>(id) + 0x51ed270b0a1f39c1ULL);
  s.arrival = kernel_.now();
  s.prompt_tokens = s.known_tokens = shared_tokens + request.prompt_tokens;
  s.max_output_tokens = request.output_tokens;
  s.pause_at_output = request.pause_at_output < request.output_tokens ? request.pause_at_output : 0;
  s.hash_offset = request.hash_offset;
  s.hash_count = request.hash_count;
  s.priority = request.priority;
  // What a fork adds is its own: ids begin at token 0 of a prompt.
  if (s.hash_count > 0 && parent == nullptr) s.identified_tokens = request.prompt_tokens;
  if (parent_place.index != kNoSequence) {
    slot.replica->kv().fork_prefix(pool[parent_place.index], shared_tokens, s);
    s.high_water = shared_tokens;
  } else if (static_cast<std::size_t>(id) < options_.avoidable_tokens.size()) {
    s.high_water = options_.avoidable_tokens[static_cast<std::size_t>(id)];
  }
  RequestOutcome& out = outcome(id);
  out.replica = static_cast<std::int16_t>(replica);
  out.prompt_tokens = s.prompt_tokens;
  places_[static_cast<std::size_t>(id)] = {replica, index};
  if (id == options_.critical_sequence) slot.replica->set_critical(id);
  ++slot.view.outstanding_requests;
  slot.view.outstanding_tokens += s.prompt_tokens + request.output_tokens;
  // The engine sees it at its next step boundary; at once when it is idle.
  prepare_change(slot);
  const bool busy = slot.replica->is_executing() && !slot.replica->wants_decision();
  out.queued = busy ? slot.replica->next_boundary() : kernel_.now();
  slot.replica->enqueue(index);
}

// A stretch is cut short before anything about its replica changes. A boundary of it that falls on
// this very instant has passed by then, like every other boundary of the instant; nothing that a
// workload is told of happens at it.
void ServingRun::prepare_change(Slot& slot) {
  if (!slot.replica->interrupt(kernel_.now())) return;
  kernel_.cancel(slot.boundary_event);
  slot.boundary = kNoDate;
  if (slot.replica->next_boundary() == kernel_.now()) {
    slot.at_boundary = true;
    cross_boundary(slot);
    if (decided_at_ != kernel_.now())
      return;  // it decides at the end of this instant, like the others
    slot.replica->decide(kernel_.now(), kernel_.now());
  }
  update_events(static_cast<std::int32_t>(&slot - slots_.data()));
}

void ServingRun::update_events(std::int32_t replica) {
  Slot& slot = slots_[static_cast<std::size_t>(replica)];
  const auto payload = static_cast<std::uint64_t>(replica) << kKindBits;
  if (slot.replica->is_executing() && slot.boundary == kNoDate) {
    slot.boundary = slot.replica->next_boundary();
    slot.boundary_event = kernel_.at(slot.boundary, *this, payload | kBoundary);
  }
  const TimePoint wake_up = slot.replica->is_executing() ? kNoDate : slot.replica->wake_up();
  if (wake_up != kNoDate && wake_up != slot.wake_up) {
    slot.wake_up = wake_up;
    kernel_.at(wake_up, *this, payload | kWakeUp);
  }
}

}  // namespace headroom
