#include "sim/runtime/serving_simulation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "hwmodels/compute/work_rates.hpp"
#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

constexpr TimePoint kNever{std::numeric_limits<std::int64_t>::max()};

class ServingSimulation final : public EventHandler, public Actions, public ReplicaListener {
 public:
  ServingSimulation(const ServingSetup& setup, Workload& workload, Kernel& kernel, const RunOptions& options);
  RunResult run();

  SequenceId submit(const SequenceRequest& request) override;
  SequenceId fork(SequenceId parent, std::int32_t shared_tokens, const SequenceRequest& request) override;
  void extend(SequenceId sequence, std::int32_t input_tokens, std::int32_t output_tokens,
              std::int32_t pause_at_output) override;
  bool cancel(SequenceId sequence) override;
  void wake_at(TimePoint date, std::uint64_t token) override;

  void on_event(std::uint64_t token) override;
  void on_scheduled(std::int32_t replica, Sequence& sequence, TimePoint start) override;
  void on_first_token(std::int32_t replica, const Sequence& sequence, TimePoint now) override;
  void on_paused(std::int32_t replica, const Sequence& sequence, TimePoint now) override;
  void on_finished(std::int32_t replica, const Sequence& sequence, TimePoint now) override;
  void on_preempted(std::int32_t replica, const Sequence& sequence) override;

 private:
  // Event tokens: the replicas' boundaries and wake-ups, then the workload's timers.
  enum : std::uint64_t { kBoundary = 0, kWakeUp = 1, kTimer = 2, kEndOfInstant = 3 };
  static constexpr std::uint64_t kKindBits = 2;

  struct Place {  // where a living sequence is
    std::int32_t replica = -1;
    SequenceIndex index = kNoSequence;
  };
  struct Slot {
    std::unique_ptr<Replica> replica;
    ReplicaView view;
    EventId boundary_event = 0;
    TimePoint boundary = kNever;      // date of boundary_event; kNever: none
    bool at_boundary = false;         // it is now
    EventId wake_up_event = 0;
    TimePoint wake_up = kNever;
    TimePoint idle_since{0};
    bool idle = true;
  };
  struct Arrival {
    SequenceId id;
    SequenceRequest request;
  };

  void on_instant_end();
  void cross_boundary(Slot& slot);
  void wake_at_end_of_instant();
  void route_arrivals();
  void place_sequence(std::int32_t replica, SequenceId id, const SequenceRequest& request, Sequence* parent,
                      std::int32_t shared_tokens);
  bool reject_if_impossible(SequenceId id, SequenceRequest& request);
  void prepare_change(Slot& slot);
  void update_events(std::int32_t replica);
  void account_idle(Slot& slot, TimePoint now);
  void refresh_idle(TimePoint now);
  RequestOutcome& outcome(SequenceId id) { return result_.outcomes[static_cast<std::size_t>(id)]; }
  void end_sequence(SequenceId id, RequestStatus status, TimePoint now);
  void tell(EventKind kind, SequenceId id);
  void deliver_events();
  void check_all_ended() const;
  RunResult take_result();

  const ServingSetup& setup_;
  Workload& workload_;
  Kernel& kernel_;
  const RunOptions& options_;
  IterationCost cost_;
  WorkRates rates_;
  RunResult result_;
  std::vector<Slot> slots_;
  std::vector<ReplicaView> views_;
  std::unique_ptr<Router> router_;
  std::vector<Place> places_;       // by sequence id
  std::vector<Arrival> arrivals_;   // of this instant, not yet routed
  std::vector<WorkloadEvent> pending_events_;  // told once the replica they come from is in order again
  std::vector<std::uint64_t> due_timers_;      // tokens of the workload's timers of this instant
  TimePoint decided_at_{-1};                   // the last instant at whose end decisions were made
  bool delivering_ = false;
  bool instant_end_requested_ = false;
  bool peers_waiting_ = false;      // some replica holds sequences it is not running
  std::int64_t ended_ = 0;
  std::int64_t events_ = 0;
};

}  // namespace

RunResult simulate(const ServingSetup& setup, Workload& workload, Kernel& kernel, const RunOptions& options) {
  return ServingSimulation(setup, workload, kernel, options).run();
}

ServingSimulation::ServingSimulation(const ServingSetup& setup, Workload& workload, Kernel& kernel,
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
  const KvCacheOptions kv_options = kv_cache_options(serving, setup.max_model_len);
  const ReplicaOptions replica_options{.async_depth = serving.async_scheduling ? 2 : 1,
                                       // Rows say what every single iteration found: so every one is stepped.
                                       .fast_forward = options.fast_forward && !setup.record_iterations,
                                       .record_iterations = setup.record_iterations,
                                       .max_iterations = setup.max_iterations,
                                       .prefix_caching = serving.enable_prefix_caching,
                                       .check_invariants = options.check_invariants,
                                       .policy = serving.policy};
  const ReplicaContext context{cost_, rates_, setup.model.model(), setup.model.spans(), result_, *this};
  const KvLayout layout = kv_layout(setup.model, serving.block_size);
  for (std::int64_t i = 0; i < setup.replicas; ++i) {
    Slot slot;
    slot.replica = std::make_unique<Replica>(static_cast<std::int32_t>(i), context,
                                             KvCache(layout, setup.kv_blocks, kv_options, setup.identities),
                                             setup.make_batch_policy(), replica_options, setup.resource_bin);
    slots_.push_back(std::move(slot));
  }
}

RunResult ServingSimulation::run() {
  pending_events_.push_back({EventKind::kStart, kernel_.now(), kNoParent, 0});
  deliver_events();
  kernel_.run();
  check_all_ended();
  return take_result();
}

void ServingSimulation::on_event(std::uint64_t token) {
  constexpr std::int64_t kProgressInterval = 4096;
  if (options_.on_progress && ++events_ % kProgressInterval == 0) options_.on_progress(ended_, kernel_.now());
  const std::uint64_t payload = token >> kKindBits;
  switch (token & ((1U << kKindBits) - 1)) {
    case kBoundary:
      slots_[payload].boundary = kNever;
      slots_[payload].at_boundary = true;
      break;
    case kWakeUp: slots_[payload].wake_up = kNever; break;
    case kTimer: due_timers_.push_back(payload); break;
    default: on_instant_end(); return;
  }
  wake_at_end_of_instant();
}

void ServingSimulation::wake_at_end_of_instant() {
  if (instant_end_requested_) return;
  instant_end_requested_ = true;
  kernel_.at_end_of_instant(*this, kEndOfInstant);
}

void ServingSimulation::on_instant_end() {
  const TimePoint now = kernel_.now();
  // First everything that happened, replica by replica, then the timers; only then is anybody told, and answers.
  for (Slot& slot : slots_) cross_boundary(slot);
  for (const std::uint64_t token : due_timers_) pending_events_.push_back({EventKind::kTimer, now, kNoParent, token});
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

void ServingSimulation::cross_boundary(Slot& slot) {
  if (!slot.at_boundary) return;
  slot.at_boundary = false;
  slot.replica->on_boundary(kernel_.now());
  result_.makespan = elapsed(TimePoint{0}, kernel_.now());
}

// --- Arrivals

SequenceId ServingSimulation::submit(const SequenceRequest& request) {
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

void ServingSimulation::route_arrivals() {
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
    HEADROOM_CHECK(chosen < slots_.size(), "the router chooses one of ", slots_.size(), " replicas, not ", chosen);
    place_sequence(static_cast<std::int32_t>(chosen), arrival.id, arrival.request, nullptr, 0);
  }
  arrivals_.clear();
}

// Some requests can never run; said once, with the reason, instead of looping over them.
bool ServingSimulation::reject_if_impossible(SequenceId id, SequenceRequest& request) {
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

void ServingSimulation::place_sequence(std::int32_t replica, SequenceId id, const SequenceRequest& request,
                                       Sequence* parent, std::int32_t shared_tokens) {
  Slot& slot = slots_[static_cast<std::size_t>(replica)];
  SequencePool& pool = slot.replica->sequences();
  // Creating may move storage: the parent is found again through its place.
  const Place parent_place = parent == nullptr ? Place{} : places_[static_cast<std::size_t>(parent->id)];
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

// --- Verbs on living sequences

SequenceId ServingSimulation::fork(SequenceId parent, std::int32_t shared_tokens, const SequenceRequest& request) {
  const Place place = places_[static_cast<std::size_t>(parent)];
  HEADROOM_CHECK(place.index != kNoSequence, "the parent ", parent, " of a fork is alive");
  Slot& slot = slots_[static_cast<std::size_t>(place.replica)];
  prepare_change(slot);
  Sequence& source = slot.replica->sequences()[place.index];
  HEADROOM_CHECK(shared_tokens >= 0 && shared_tokens <= source.known_tokens, "a fork shares known tokens only");
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

void ServingSimulation::extend(SequenceId sequence, std::int32_t input_tokens, std::int32_t output_tokens,
                               std::int32_t pause_at_output) {
  const Place place = places_[static_cast<std::size_t>(sequence)];
  HEADROOM_CHECK(place.index != kNoSequence, "sequence ", sequence, " is alive when it is extended");
  Slot& slot = slots_[static_cast<std::size_t>(place.replica)];
  prepare_change(slot);
  Sequence& s = slot.replica->sequences()[place.index];
  HEADROOM_CHECK(s.state == SequenceState::kPaused, "sequence ", sequence, " is paused when it is extended");
  HEADROOM_CHECK(s.known_tokens + input_tokens + output_tokens <= setup_.max_model_len, "an extension fits max_model_len");
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

bool ServingSimulation::cancel(SequenceId sequence) {
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

void ServingSimulation::wake_at(TimePoint date, std::uint64_t token) {
  kernel_.at(date, *this, token << kKindBits | kTimer);
}

// A stretch is cut short before anything about its replica changes. A boundary of it that falls on this very instant has
// passed by then, like every other boundary of the instant; nothing that a workload is told of happens at it.
void ServingSimulation::prepare_change(Slot& slot) {
  if (!slot.replica->interrupt(kernel_.now())) return;
  kernel_.cancel(slot.boundary_event);
  slot.boundary = kNever;
  if (slot.replica->next_boundary() == kernel_.now()) {
    slot.at_boundary = true;
    cross_boundary(slot);
    if (decided_at_ != kernel_.now()) return;  // it decides at the end of this instant, like the others
    slot.replica->decide(kernel_.now(), kernel_.now());
  }
  update_events(static_cast<std::int32_t>(&slot - slots_.data()));
}

void ServingSimulation::update_events(std::int32_t replica) {
  Slot& slot = slots_[static_cast<std::size_t>(replica)];
  const auto payload = static_cast<std::uint64_t>(replica) << kKindBits;
  if (slot.replica->is_executing() && slot.boundary == kNever) {
    slot.boundary = slot.replica->next_boundary();
    slot.boundary_event = kernel_.at(slot.boundary, *this, payload | kBoundary);
  }
  const TimePoint wake_up = slot.replica->is_executing() ? kNever : slot.replica->wake_up();
  if (wake_up != kNever && wake_up != slot.wake_up) {
    slot.wake_up = wake_up;
    slot.wake_up_event = kernel_.at(wake_up, *this, payload | kWakeUp);
  }
}

// --- What replicas report

void ServingSimulation::on_scheduled(std::int32_t, Sequence& sequence, TimePoint start) {
  RequestOutcome& out = outcome(sequence.id);
  if (out.scheduled.value >= 0) return;
  out.scheduled = start;
  out.cached_tokens = sequence.prefill_start;
}

void ServingSimulation::on_first_token(std::int32_t, const Sequence& sequence, TimePoint now) {
  outcome(sequence.id).first_token = now;
  tell(EventKind::kFirstToken, sequence.id);
}

void ServingSimulation::on_paused(std::int32_t, const Sequence& sequence, TimePoint) {
  tell(EventKind::kPaused, sequence.id);
}

void ServingSimulation::on_preempted(std::int32_t, const Sequence& sequence) { ++outcome(sequence.id).preemptions; }

void ServingSimulation::on_finished(std::int32_t replica, const Sequence& sequence, TimePoint now) {
  Slot& slot = slots_[static_cast<std::size_t>(replica)];
  --slot.view.outstanding_requests;
  slot.view.outstanding_tokens -= sequence.prompt_tokens + sequence.max_output_tokens;
  outcome(sequence.id).output_tokens = sequence.emitted();
  end_sequence(sequence.id, RequestStatus::kFinished, now);
  tell(EventKind::kFinished, sequence.id);
}

void ServingSimulation::end_sequence(SequenceId id, RequestStatus status, TimePoint now) {
  RequestOutcome& out = outcome(id);
  out.status = status;
  if (status != RequestStatus::kRejected) out.finish = now;
  places_[static_cast<std::size_t>(id)] = {};
  ++ended_;
}

void ServingSimulation::tell(EventKind kind, SequenceId id) {
  if (workload_.wants(kind)) pending_events_.push_back({kind, kernel_.now(), id, 0});
}

// Answers may cause more events; they are told in the order they happened.
void ServingSimulation::deliver_events() {
  if (delivering_) return;
  delivering_ = true;
  for (std::size_t i = 0; i < pending_events_.size(); ++i) {
    const WorkloadEvent event = pending_events_[i];
    workload_.on_event(event, *this);
  }
  pending_events_.clear();
  delivering_ = false;
}

// --- Idle time

void ServingSimulation::account_idle(Slot& slot, TimePoint now) {
  const Duration time = elapsed(slot.idle_since, now);
  slot.idle_since = now;
  if (time.value == 0) return;
  const bool holds_work = !slot.replica->sequences().waiting().empty();
  slot.replica->account_idle(holds_work       ? IdleCause::kPolicy
                             : peers_waiting_ ? IdleCause::kImbalance
                                              : IdleCause::kNoWork,
                             time);
}

// Idle spells are closed when a replica starts or stops, and when the reason for idling changes.
void ServingSimulation::refresh_idle(TimePoint now) {
  bool waiting = false;
  for (const Slot& slot : slots_) waiting = waiting || !slot.replica->sequences().waiting().empty();
  for (Slot& slot : slots_) {
    const bool idle = !slot.replica->is_executing();
    if (slot.idle && (!idle || waiting != peers_waiting_)) account_idle(slot, now);
    if (idle && !slot.idle) slot.idle_since = now;
    slot.idle = idle;
  }
  peers_waiting_ = waiting;
}

void ServingSimulation::check_all_ended() const {
  std::string holders;
  for (const Slot& slot : slots_) {
    const SequencePool& pool = slot.replica->sequences();
    for (const SequenceIndex index : pool.paused()) {
      holders += (holders.empty() ? "" : ", ") + std::to_string(pool[index].id);
    }
    HEADROOM_CHECK(pool.running().empty() && pool.waiting().empty(), "work is left when nothing will happen any more");
  }
  if (!holders.empty())
    throw DeadlockError("deadlock: nothing is left to happen, and these sequences are paused for good: " + holders);
}

RunResult ServingSimulation::take_result() {
  const TimePoint end = TimePoint{0} + result_.makespan;
  for (Slot& slot : slots_) {
    // Timers may have fired after the last token; the makespan ends with the token.
    if (slot.idle && slot.idle_since < end) account_idle(slot, end);
    result_.replicas.push_back(slot.replica->take_result());
  }
  return std::move(result_);
}

}  // namespace headroom
