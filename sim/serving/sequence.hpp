// sim/serving/sequence.hpp -- the unit of generation, and the queues of one replica.
// Everything that generates is a sequence: a request is one without a parent; a fork shares its
// parent's tokens up to a point. Symbols of the vLLM V1 scheduler: T known_tokens, C
// computed_tokens, P prompt_tokens.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

using SequenceIndex =
    std::uint32_t;  // slot in the SequencePool of a replica; reused after the sequence ends
using BlockId = std::uint32_t;  // 1..usable; 0 is the null block
inline constexpr SequenceIndex kNoSequence = std::numeric_limits<SequenceIndex>::max();

enum class SequenceState : std::uint8_t { kFree, kWaiting, kRunning, kPaused };

struct Sequence {
  std::int64_t id = 0;       // request id of the run, unique
  std::uint64_t author = 0;  // identity of the tokens only this sequence has
  TimePoint arrival{0};
  TimePoint last_emit{0};              // when its last token left the engine
  std::int32_t prompt_tokens = 0;      // P
  std::int32_t max_output_tokens = 0;  // generation ends with this token
  std::int32_t pause_at_output =
      0;  // pause once this many are emitted; 0: never. Nothing is scheduled past it.
  std::int32_t known_tokens = 0;     // T: prompt and emitted output
  std::int32_t computed_tokens = 0;  // C: KV computed or scheduled to be
  std::int32_t high_water =
      0;  // the most tokens ever computed: below it, computing again is recomputation
  std::int32_t placeholders = 0;  // output tokens scheduled but not yet returned
  std::int32_t held_blocks = 0;   // per KV group: as many as a block table has entries
  std::int32_t hashed_blocks =
      0;                    // full blocks already in the prefix index (per group the same count)
  std::uint32_t epoch = 0;  // bumped when rows in flight lose their meaning (preemption, cancel)
  std::uint32_t hash_offset = 0, hash_count = 0;  // into the workload's prefix ids
  std::int32_t identified_tokens =
      0;  // leading tokens these ids speak for: the prompt as submitted; 0 without ids
  std::int16_t priority = 0;
  SequenceState state = SequenceState::kFree;
  bool may_hit = false;  // something it could find may be cached: it ran before, or was forked
  bool forked = false;
  bool was_admitted = false;
  std::int32_t prefill_start = 0;  // cached tokens at its last admission
  bool first_token_emitted = false;
  // Chained content keys of its leading full blocks, computed on demand. A fork starts with those
  // it shares.
  std::vector<std::uint64_t> block_keys;
  std::vector<std::vector<BlockId>> block_tables;  // per KV group; 0: outside the window

  std::int32_t emitted() const { return known_tokens - prompt_tokens; }
  std::int32_t stop_output() const {
    return pause_at_output > 0 ? pause_at_output : max_output_tokens;
  }
  // Tokens that can still be scheduled before it stops; the KV of the last output token is not
  // computed.
  std::int32_t rows_left() const { return prompt_tokens + stop_output() - 1 - computed_tokens; }
  // Tokens that are there to be computed now: known ones, and those whose sampling is under way.
  std::int32_t rows_ready() const { return known_tokens + placeholders - computed_tokens; }
};

// The sequences of one replica: storage with stable indices, the running list in admission order
// and the waiting queue.
class SequencePool {
 public:
  SequenceIndex create();  // state kFree until it is queued; fields reset, storage reused
  void destroy(SequenceIndex index);  // Pre: in no queue, no blocks
  Sequence& operator[](SequenceIndex index) { return slots_[index]; }
  const Sequence& operator[](SequenceIndex index) const { return slots_[index]; }

  const std::vector<SequenceIndex>& running() const { return running_; }
  const std::deque<SequenceIndex>& waiting() const { return waiting_; }
  const std::vector<SequenceIndex>& paused() const { return paused_; }  // longest paused first
  std::size_t live() const { return live_; }
  // Some sequence was paused once: only then can one hold blocks that is neither running nor paused
  // (it was extended).
  bool ever_paused() const { return ever_paused_; }

  // Queue moves. Each sets the state; the caller handles blocks and counters.
  void wait_at_back(SequenceIndex index);
  void wait_at_front(SequenceIndex index);
  // Keeps waiting ordered by (priority, arrival, id), as a priority queue would.
  void wait_by_priority(SequenceIndex index);
  void run_front_of_waiting();  // head of waiting moves to the end of running
  void remove_running(std::size_t position);
  void remove_ended(std::size_t count);  // all at once: running ones that are destroyed
  void pause_running(std::size_t position);
  void remove_waiting(SequenceIndex index);
  void remove_paused(SequenceIndex index);

 private:
  std::vector<Sequence> slots_;
  std::vector<SequenceIndex> free_slots_;
  std::vector<SequenceIndex> running_;
  std::deque<SequenceIndex> waiting_;
  std::vector<SequenceIndex> paused_;
  std::size_t live_ = 0;
  bool ever_paused_ = false;
};

}  // namespace headroom
