// sim/runtime/serving_run.hpp -- the state of one simulated run: replicas, router, sequences, and
// who is told what. Internal to the runtime; simulate() in serving_simulation.hpp is the way in.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "hwmodels/compute/work_rates.hpp"
#include "sim/runtime/serving_simulation.hpp"

namespace headroom {

class ServingRun final : public EventHandler, public Actions, public ReplicaListener {
 public:
  ServingRun(const ServingSetup& setup, Workload& workload, Kernel& kernel,
             const RunOptions& options);
  RunResult run();

  SequenceId submit(const SequenceRequest& request) override;
  SequenceId fork(SequenceId parent, std::int32_t shared_tokens,
                  const SequenceRequest& request) override;
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
  static constexpr TimePoint kNoDate{std::numeric_limits<std::int64_t>::max()};
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
    TimePoint boundary = kNoDate;  // date of boundary_event; kNoDate: none
    bool at_boundary = false;      // it is now
    TimePoint wake_up = kNoDate;
    TimePoint idle_since{0};
    bool idle = true;
    IdleCause idle_cause = IdleCause::kNoWork;  // since idle_since
  };
  struct Arrival {
    SequenceId id;
    SequenceRequest request;
  };

  void on_instant_end();
  void cross_boundary(Slot& slot);
  void wake_at_end_of_instant();
  void route_arrivals();
  void place_sequence(std::int32_t replica, SequenceId id, const SequenceRequest& request,
                      Sequence* parent, std::int32_t shared_tokens);
  bool reject_if_impossible(SequenceId id, SequenceRequest& request);
  void prepare_change(Slot& slot);
  void update_events(std::int32_t replica);
  void account_idle(Slot& slot, TimePoint now);
  static IdleCause idle_cause(const Slot& slot, bool work_elsewhere);
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
  std::optional<PassRates> pass_rates_;
  std::vector<PassSeam> seams_;  // by replica, with pass runners
  RunResult result_;
  std::vector<Slot> slots_;
  std::vector<ReplicaView> views_;
  std::unique_ptr<Router> router_;
  std::vector<Place> places_;      // by sequence id
  std::vector<Arrival> arrivals_;  // of this instant, not yet routed
  std::vector<WorkloadEvent>
      pending_events_;                     // told once the replica they come from is in order again
  std::vector<std::uint64_t> due_timers_;  // tokens of the workload's timers of this instant
  TimePoint decided_at_{-1};               // the last instant at whose end decisions were made
  bool delivering_ = false;
  bool instant_end_requested_ = false;
  std::int64_t ended_ = 0;
  std::int64_t events_ = 0;
};

}  // namespace headroom
