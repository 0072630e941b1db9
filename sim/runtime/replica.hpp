// sim/runtime/replica.hpp -- one serving engine: scheduler, KV cache and the loop that keeps the
// GPU busy. The loop is vLLM V1's. Synchronous (depth 1): update with the results of a step,
// schedule the next. Asynchronous (depth 2): step k+1 is scheduled when step k starts, so an
// arrival during step k runs in step k+2 and blocks come back one step late. Stretches of
// decode-only iterations in which nothing can be decided are run in a tight loop
// (replica_stretch.cpp): same durations, same rounding, one event. With a pass runner iterations
// take what it says (replica_pass.cpp), synchronously and one by one; all else is the same.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "hwmodels/compute/iteration_cost.hpp"
#include "hwmodels/compute/work_rates.hpp"
#include "policies/batching/batch_policy.hpp"
#include "sim/base/units.hpp"
#include "sim/runtime/batch.hpp"
#include "sim/runtime/pass_account.hpp"
#include "sim/runtime/pass_runner.hpp"
#include "sim/runtime/run_observer.hpp"
#include "sim/runtime/run_result.hpp"
#include "sim/serving/kv_cache.hpp"
#include "sim/serving/latency_histogram.hpp"
#include "sim/serving/sequence.hpp"
#include "sim/serving/workload.hpp"

namespace headroom {

struct ReplicaOptions {
  int async_depth = 2;
  bool fast_forward =
      true;  // off: every iteration is an event; results are the same, a test says so
  bool record_iterations = false;
  std::int64_t max_iterations = 0;  // iteration rows kept over all replicas
  bool prefix_caching = true;
  TimePoint measure_after{0};  // gaps between tokens that end in [after, until] are counted
  TimePoint measure_until{std::numeric_limits<std::int64_t>::max()};
  bool check_invariants = false;  // KV bookkeeping after every iteration; for tests
  QueuePolicy policy = QueuePolicy::kFcfs;
};

// What a replica tells the simulation, in the order it happens.
class ReplicaListener {
 public:
  virtual ~ReplicaListener() = default;
  virtual void on_scheduled(std::int32_t replica, Sequence& sequence, TimePoint start) = 0;
  virtual void on_first_token(std::int32_t replica, const Sequence& sequence, TimePoint now) = 0;
  virtual void on_paused(std::int32_t replica, const Sequence& sequence, TimePoint now) = 0;
  // Its storage is reused afterwards.
  virtual void on_finished(std::int32_t replica, const Sequence& sequence, TimePoint now) = 0;
  virtual void on_preempted(std::int32_t replica, const Sequence& sequence) = 0;
};

// Where the durations come from when GPU memory does not hold everything: of one replica.
struct PassSeam {
  PassRunner& runner;
  const PassRates& rates;
  const OpTimeModel& roofline;
};

// Shared by the replicas of a run, but for `pass`; outlives them.
struct ReplicaContext {
  IterationCost& cost;
  const WorkRates& rates;
  const ModelSpec& model;
  const std::vector<AttentionSpan>& spans;
  RunResult& result;
  ReplicaListener& listener;
  const PassSeam* pass = nullptr;   // null: everything is in HBM
  RunObserver* observer = nullptr;  // null: nobody watches; otherwise without fast-forward
};

class Replica {
 public:
  Replica(std::int32_t index, const ReplicaContext& context, KvCache kv,
          std::unique_ptr<BatchPolicy> policy, const ReplicaOptions& options,
          Duration resource_bin);

  SequencePool& sequences() { return sequences_; }
  const SequencePool& sequences() const { return sequences_; }
  KvCache& kv() { return kv_; }

  // Queues a new or extended sequence; planning happens in decide().
  void enqueue(SequenceIndex index);
  void cancel(SequenceIndex index);

  bool is_executing() const { return in_flight_ > 0; }
  // End of the iteration (or stretch) under way. Pre: is_executing().
  TimePoint next_boundary() const;
  // Something is about to change at `now`: what a stretch did before it is applied, and the stretch
  // ends at the first boundary not before it. True if that moved next_boundary().
  bool interrupt(TimePoint now);
  // The boundary has come: results of the step are taken in, the next scheduled step starts.
  void on_boundary(TimePoint now);
  // Plans until the pipeline is full. Called once an instant is drained, at a boundary or when
  // idle. `quiet_until`: nothing will arrive before it (a hint that keeps stretches from being
  // computed in vain).
  void decide(TimePoint now, TimePoint quiet_until);
  bool wants_decision() const { return wants_decision_; }
  TimePoint wake_up() const { return wake_up_; }
  BatchLimit limited_by() const { return plan_.limited_by; }  // of the last plan

  // This replica serves the critical sequence: its tokens mark the steps that no policy can avoid
  // (ledger: weights usefully read). On a replica without it one step is.
  void set_critical(SequenceId id) { critical_id_ = id; }
  void account_idle(IdleCause cause, Duration time);
  ReplicaResult take_result();

 private:
  struct Step {
    TimePoint end{0};
    double time_s = 0;
  };

  void take_results(Batch& batch, TimePoint now);
  bool is_in_the_middle(const Sequence& sequence) const;
  // With asynchronous scheduling a token's block is hashed once the token has been returned.
  bool hashes_returned_tokens() const {
    return options_.async_depth > 1 && options_.prefix_caching;
  }
  bool emit(SequenceIndex index, TimePoint now);
  void count_gap(TimePoint previous, TimePoint now, std::int64_t sequences) {
    if (now >= options_.measure_after && now <= options_.measure_until)
      context_.result.itl.add(elapsed(previous, now), sequences);
  }
  void finish(SequenceIndex index, TimePoint now);
  std::size_t running_position(SequenceIndex index);
  void plan_batch(Batch& batch, TimePoint now);
  void start_front(TimePoint now);
  Batch& batch_at(int position) {
    return batches_[static_cast<std::size_t>((front_ + position) % 2)];
  }
  void relieve_paused();

  // replica_account.cpp
  const IterationCost::Totals& attention_of(Batch& batch) const;
  void account(Batch& batch, std::int64_t emitted, bool unavoidable);
  void account_work(const Batch& batch, std::int64_t emitted);
  void account_ops(const IterationCost::Totals& totals, double steps);
  void account_weights(const Batch& batch, double steps, bool unavoidable);
  void record_iteration(Batch& batch, TimePoint start, TimePoint end);
  void keep_iteration(const BatchSummary& summary, TimePoint start, TimePoint end,
                      std::int64_t used);

  // replica_pass.cpp; only with context_.pass
  void prepare_passes(Duration resource_bin);
  void collect_pass_rows();
  void run_pass(Batch& batch, TimePoint now);
  double gpu_share(WorkClass sort) const;
  void account_pass(const Batch& batch, std::int64_t emitted);
  double padding_seconds(const Batch& batch);
  void account_waits(const Batch& batch);
  void record_pass(TimePoint start, TimePoint end, std::int64_t used);
  void take_passes();

  // replica_stretch.cpp
  void try_stretch(TimePoint quiet_until);
  bool same_rows() const;
  bool grows_evenly() const;
  std::int64_t crossings_allowed(const Batch& last);
  void run_ahead(const Batch& last, std::int64_t limit, TimePoint quiet_until);
  void apply_stretch();
  void emit_stretch(const Batch& first, std::int64_t steps);
  void account_stretch(Batch& first, std::int64_t steps);
  double stretch_roof_s(const Batch& first, std::int64_t steps, const IterationCost::Totals& head,
                        const IterationCost::Totals& tail) const;
  BatchSummary advanced(const Batch& batch, std::int64_t steps) const;
  void advance_batch(Batch& batch, std::int64_t steps);

  std::int32_t index_;
  ReplicaContext context_;
  ReplicaOptions options_;
  KvCache kv_;
  std::unique_ptr<BatchPolicy> policy_;
  SequencePool sequences_;
  BatchPlan plan_;
  std::array<Batch, 2> batches_;
  int front_ = 0;
  int in_flight_ = 0;
  bool wants_decision_ = false;
  bool step_credited_ = false;     // this replica has an unavoidable step to its credit
  bool critical_counted_ = false;  // the critical sequence's first token was seen
  SequenceId critical_id_ = -1;
  TimePoint wake_up_;
  std::int64_t iteration_rows_ = 0;
  // Where the last position was found: sequences of a batch end in the order of the running list,
  // so the next one is not far.
  std::size_t running_hint_ = 0;

  std::vector<PassRow> pass_rows_;  // of the pass under way, and what became of it
  PassCounts pass_counts_;
  const PassResult* pass_result_ = nullptr;
  std::vector<OpCount> pass_ops_;  // reused
  double cpu_ranks_ = 1;           // that a pass's CPU operations are done for

  // The stretch under way: steps_[j] is the j-th iteration from the executing one. The boundaries
  // after the first `crossings_` of them are crossed without an event; the one after that is an
  // ordinary boundary.
  std::vector<Step> steps_;
  std::int64_t crossings_ = 0;  // 0: no stretch
  std::array<std::int64_t, kMaxAttentionSpans>
      growing_{};  // rows whose attention still grows, per span
  std::vector<SequenceIndex> stretch_sequences_;

  ReplicaResult out_;
};

}  // namespace headroom
