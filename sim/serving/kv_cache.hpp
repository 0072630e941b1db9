// sim/serving/kv_cache.hpp -- the KV cache of one replica: which sequence holds which blocks, and
// what is cached. The transaction a batch policy works with: look a prefix up, admit, extend,
// release. Every operation happens whole or not at all. Source: vLLM V1 kv_cache_manager.py and its
// coordinators; each rule is named where it is applied.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "sim/serving/block_pool.hpp"
#include "sim/serving/kv_layout.hpp"
#include "sim/serving/sequence.hpp"
#include "sim/serving/serving_config.hpp"

namespace headroom {

struct KvCacheOptions {
  bool prefix_caching = true;
  // Blocks are a number, their ids nothing (BlockPool). Only without prefix caching, where nothing
  // but the ids themselves is different.
  bool count_blocks_only = false;
  FreeOrder free_order = FreeOrder::kAppend;
  bool reserve_full_sequence = true;  // admission: the whole known sequence must fit now
  double watermark = 0.0;  // admission beside running sequences: this fraction stays free
  bool recycling_bound =
      false;  // admission of sliding windows: by what they hold at once, not by length
  std::int64_t max_model_len = 0;
  std::int64_t max_tokens_in_flight =
      0;  // of one sequence in one iteration; only the recycling bound needs it
};

KvCacheOptions kv_cache_options(const ServingConfig& serving, std::int64_t max_model_len);

// Could a request ever run to its end on an otherwise empty cache of `usable_blocks`?
bool can_ever_fit(const KvLayout& layout, const KvCacheOptions& options, std::int64_t usable_blocks,
                  std::int64_t prompt_tokens, std::int64_t output_tokens);

// Prefix identities of the workload (RequestTable), shared by all replicas.
struct PrefixIdentities {
  std::span<const std::uint64_t> ids;
  std::int64_t tokens_per_id = 0;
};

struct KvCacheCounters {
  // At the first admission of each sequence. What a preempted one finds of its own on the way back
  // is not counted, as in vLLM's prefix cache statistics.
  std::int64_t queried_tokens = 0, hit_tokens = 0;
};

class KvCache {
 public:
  KvCache(KvLayout layout, std::int64_t usable_blocks, const KvCacheOptions& options,
          PrefixIdentities identities = {});

  const KvLayout& layout() const { return layout_; }
  const BlockPool& pool() const { return pool_; }
  const KvCacheCounters& counters() const { return counters_; }
  std::int64_t free_blocks() const { return pool_.free_blocks(); }
  bool has_windows() const { return has_windows_; }

  const KvCacheOptions& options() const { return options_; }

  // Tokens at the front of the sequence whose KV is cached; at most known_tokens - 1, whole blocks.
  // Moves nothing. The hit stays remembered for try_admit of the same sequence.
  std::int32_t lookup(Sequence& sequence);
  // Takes the blocks of the last lookup of this sequence and new ones for `fresh` tokens after it;
  // computed_tokens becomes the hit. False, and nothing changed, if the admission rules refuse.
  bool try_admit(Sequence& sequence, std::int32_t hit_tokens, std::int32_t fresh,
                 bool others_running);
  // New blocks for `fresh` tokens after computed_tokens; blocks that fell out of a window go back
  // first.
  bool try_extend(Sequence& sequence, std::int32_t fresh) {
    // Nearly always a decode, whose blocks are a number: worth not calling for.
    const std::int64_t beyond =
        sequence.computed_tokens + fresh - sequence.held_blocks * layout_.block_size;
    if (has_tables_ || beyond > layout_.block_size) return extend(sequence, fresh);
    if (beyond <= 0) return true;
    if (std::ssize(layout_.groups) > pool_.free_blocks()) return false;
    pool_.take(std::ssize(layout_.groups));
    ++sequence.held_blocks;
    return true;
  }
  // Gives all blocks back, last one first, and forgets that anything was computed.
  void release(Sequence& sequence);
  // Puts the full blocks of the first `tokens` tokens into the prefix index.
  void hash_blocks(Sequence& sequence, std::int32_t tokens);

  // Gives a fork the content keys of the full blocks it shares with its parent.
  void fork_prefix(Sequence& parent, std::int64_t shared_tokens, Sequence& child) const;

  // --- Decode stretches: `steps` iterations in which each sequence of a batch grows by one token,
  // as one operation. The most steps (at most `limit`) that need no more blocks than are free now,
  // whatever windows give back.
  std::int64_t steps_without_shortage(const SequencePool& sequences,
                                      std::span<const SequenceIndex> batch,
                                      std::int64_t limit) const;
  // What `steps` rounds of try_extend(sequence, 1), computed_tokens += 1 over the batch would do to
  // the blocks; to the very ids where those decide what is evicted. Does not touch computed_tokens.
  // Pre: steps_without_shortage allows it.
  void extend_stretch(SequencePool& sequences, std::span<const SequenceIndex> batch,
                      std::int64_t steps);

  // Invariants 2 and 4 of the engine notes: references add up, hashed blocks are full. For tests;
  // O(blocks).
  void check_invariants(const SequencePool& sequences) const;

 private:
  struct StretchEvent {
    std::int64_t step;
    std::uint32_t order;  // position in the batch
    SequenceIndex sequence;
  };
  bool extend(Sequence& sequence, std::int32_t fresh);
  std::uint64_t group_key(std::uint64_t key, std::size_t group) const;
  void extend_keys(Sequence& sequence, std::size_t blocks) const;
  std::uint64_t block_content(const Sequence& sequence, std::int64_t block) const;
  std::int64_t common_hit_blocks(Sequence& sequence, std::int64_t limit);
  std::int64_t window_hit_blocks(const Sequence& sequence, std::size_t group,
                                 std::int64_t limit) const;
  void grow(Sequence& sequence, std::int64_t total);  // every group to `total` blocks
  void drop_outside_windows(Sequence& sequence, std::int64_t computed);
  std::int64_t first_hit_in_window(std::size_t group, std::int64_t hit_blocks) const;
  void take_hit_blocks(Sequence& sequence, std::int64_t hit_blocks);

  KvLayout layout_;
  KvCacheOptions options_;
  PrefixIdentities identities_;
  BlockPool pool_;
  KvCacheCounters counters_;
  bool has_windows_ = false;
  // Otherwise a sequence's blocks are a number: they have no ids, and none is null.
  bool has_tables_ = true;
  std::int64_t watermark_blocks_ = 0;
  std::vector<BlockId> scratch_;
  std::vector<StretchEvent> events_;
};

}  // namespace headroom
