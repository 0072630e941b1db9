// analysis/timeline/timeline_recorder.hpp -- watches a run and keeps what a timeline shows of it,
// in bounded memory however long the run is: neighbouring iterations become one entry when there
// are too many, and operations are kept of every n-th pass. What is kept depends on the run and the
// options alone.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "sim/runtime/run_observer.hpp"

namespace headroom {

struct TimelineOptions {
  std::int64_t max_events = 200'000;
  // What overlaps [from, until) is shown, whole.
  TimePoint from{0}, until{std::numeric_limits<std::int64_t>::max()};
  bool overlaps(TimePoint start, TimePoint end) const { return start < until && end >= from; }
};

// Consecutive iterations of a replica; usually one.
struct IterationEntry {
  TimePoint start{0}, end{0};  // of the first, of the last
  Duration busy{0};            // without the gaps between them
  std::int64_t iterations = 0;
  std::int64_t prefill_tokens = 0, decode_tokens = 0;  // sums
  std::int64_t batch_size = 0;                         // sequences in it; the largest, as below
  std::int64_t running = 0, waiting = 0;               // when it started
  std::int64_t kv_blocks = 0;
  std::int64_t last_waiting = 0;  // when the last of them started
};

struct PreemptionEntry {
  std::int64_t request = 0;
  TimePoint start{0};
  TimePoint end{-1};  // -1: never ran again
};

struct OperationEntry {
  SlotIndex slot = 0;
  std::uint32_t layer = 0;
  TimePoint start{0}, end{0};
};

// A pass whose operations were kept.
struct PassEntry {
  std::int32_t replica = 0;
  std::int64_t number = 0;  // of the replica's passes in the window, from 0
  TimePoint start{0};
  std::vector<OperationEntry> operations;  // those that took time; by layer, then slot
};

class TimelineRecorder final : public RunObserver {
 public:
  TimelineRecorder(std::size_t replicas, const TimelineOptions& options);

  void on_iteration_start(const ObservedIteration& iteration) override;
  void on_preempted(std::int32_t replica, SequenceId sequence, TimePoint now) override;
  bool wants_pass(std::int32_t replica, TimePoint now) override;
  void on_pass(std::int32_t replica, TimePoint start, const OpGraph& graph,
               const PassResult& pass) override;

  // Fewer entries still: at most so many iterations or operations are left in all, as far as that
  // is possible (one entry per replica, one pass).
  void thin_iterations(std::int64_t most);
  void thin_operations(std::int64_t most);

  const TimelineOptions& options() const { return options_; }
  // By replica, in order of time.
  const std::vector<std::vector<IterationEntry>>& iterations() const { return iterations_; }
  std::int64_t iteration_entries() const { return entries_; }
  std::int64_t iterations_per_entry() const { return iterations_per_entry_; }
  std::int64_t iterations_seen() const { return iterations_seen_; }  // in the window
  const std::vector<PreemptionEntry>& preemptions() const { return preemptions_; }
  const std::vector<PassEntry>& passes() const { return passes_; }
  std::int64_t pass_stride() const { return pass_stride_; }
  std::int64_t passes_seen() const;  // in the window
  std::int64_t operations() const { return operations_; }
  const OpGraph& graph() const { return graph_; }  // of every replica; empty without passes

 private:
  void note_resumed(const ObservedIteration& iteration);
  void merge_neighbours();
  void drop_every_other_pass();
  bool only_first_passes() const;

  TimelineOptions options_;
  std::vector<std::vector<IterationEntry>> iterations_;
  std::int64_t entries_ = 0;
  std::int64_t iterations_per_entry_ = 1;
  std::int64_t iterations_seen_ = 0;
  std::vector<std::map<SequenceId, std::size_t>> preempted_;  // by replica: who, which entry
  std::vector<PreemptionEntry> preemptions_;
  std::vector<PassEntry> passes_;
  std::vector<std::int64_t> passes_of_;  // by replica: in the window so far
  std::int64_t pass_stride_ = 1;
  std::int64_t operations_ = 0;  // in passes_
  OpGraph graph_;
};

}  // namespace headroom
