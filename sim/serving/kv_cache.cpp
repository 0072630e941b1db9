#include "sim/serving/kv_cache.hpp"

#include <algorithm>
#include <numeric>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

// Blocks that admission asks for when it looks at the whole known sequence.
std::int64_t blocks_for_admission(const KvLayout& layout, const KvCacheOptions& options,
                                  std::int64_t tokens) {
  if (options.recycling_bound) return peak_blocks(layout, tokens, options.max_tokens_in_flight);
  return ceil_div(tokens, layout.block_size) * static_cast<std::int64_t>(layout.groups.size());
}

}  // namespace

KvCacheOptions kv_cache_options(const ServingConfig& serving, std::int64_t max_model_len) {
  return {.prefix_caching = serving.enable_prefix_caching,
          .free_order = serving.free_order,
          .reserve_full_sequence = serving.scheduler_reserve_full_isl,
          .watermark = serving.watermark,
          .recycling_bound = serving.recycling_bound,
          .max_model_len = max_model_len,
          .max_tokens_in_flight = serving.max_num_batched_tokens};
}

bool can_ever_fit(const KvLayout& layout, const KvCacheOptions& options, std::int64_t usable_blocks,
                  std::int64_t prompt_tokens, std::int64_t output_tokens) {
  // The KV of the last output token is never computed.
  const std::int64_t tokens = prompt_tokens + output_tokens - 1;
  const std::int64_t blocks = options.reserve_full_sequence
                                  ? blocks_for_admission(layout, options, tokens)
                                  : peak_blocks(layout, tokens, options.max_tokens_in_flight);
  return blocks <= usable_blocks;
}

KvCache::KvCache(KvLayout layout, std::int64_t usable_blocks, const KvCacheOptions& options,
                 PrefixIdentities identities)
    : layout_(std::move(layout)),
      options_(options),
      identities_(identities),
      pool_(usable_blocks, options.free_order,
            options.count_blocks_only ? BlockPool::Identity::kByNumberOnly
                                      : BlockPool::Identity::kById) {
  HEADROOM_CHECK(!options.count_blocks_only || !options.prefix_caching,
                 "blocks that are cached have ids");
  for (const auto& group : layout_.groups) has_windows_ = has_windows_ || group.window > 0;
  has_tables_ = has_windows_ || !pool_.counts_only();
  // vLLM counts its null block too: int(watermark * num_gpu_blocks).
  watermark_blocks_ =
      static_cast<std::int64_t>(options.watermark * static_cast<double>(usable_blocks + 1));
}

std::int32_t KvCache::lookup(Sequence& sequence) {
  if (!options_.prefix_caching) return 0;
  // Content nobody else can hold and that was never computed here cannot be cached.
  if (sequence.hash_count == 0 && !sequence.may_hit) return 0;
  // At least one token is always computed: only then is there something to sample from.
  const std::int64_t limit = (sequence.known_tokens - 1) / layout_.block_size;
  return static_cast<std::int32_t>(common_hit_blocks(sequence, limit) * layout_.block_size);
}

// Full attention first; windowed groups can only shorten the hit, until none does.
std::int64_t KvCache::common_hit_blocks(Sequence& sequence, std::int64_t limit) {
  const auto& index = pool_.index();
  std::int64_t hit = 0;
  if (layout_.groups.front().window == 0) {
    for (; hit < limit; ++hit) {
      extend_keys(sequence, static_cast<std::size_t>(hit + 1));
      const std::uint64_t key = sequence.block_keys[static_cast<std::size_t>(hit)];
      bool everywhere = true;
      for (std::size_t g = 0; g < layout_.groups.size() && everywhere; ++g)
        everywhere = layout_.groups[g].window > 0 || index.find(group_key(key, g)) != 0;
      if (!everywhere) break;
    }
  } else {
    hit = limit;
    extend_keys(sequence, static_cast<std::size_t>(limit));
  }
  if (!has_windows_) return hit;
  for (bool shortened = true; shortened;) {
    shortened = false;
    for (std::size_t g = 0; g < layout_.groups.size(); ++g) {
      if (layout_.groups[g].window == 0) continue;
      const std::int64_t found = window_hit_blocks(sequence, g, hit);
      shortened = shortened || found < hit;
      hit = found;
    }
  }
  return hit;
}

// Scanning from the right, the first run of ceil((W-1)/bs) cached blocks; a run that starts at
// block 0 may be shorter.
std::int64_t KvCache::window_hit_blocks(const Sequence& sequence, std::size_t group,
                                        std::int64_t limit) const {
  const std::int64_t needed = ceil_div(layout_.groups[group].window - 1, layout_.block_size);
  std::int64_t run = 0;
  for (std::int64_t block = limit - 1; block >= 0; --block) {
    const auto key = sequence.block_keys[static_cast<std::size_t>(block)];
    run = pool_.index().find(group_key(key, group)) != 0 ? run + 1 : 0;
    if (run >= needed) return block + run;
  }
  return run;
}

bool KvCache::try_admit(Sequence& sequence, std::int32_t hit_tokens, std::int32_t fresh,
                        bool others_running) {
  const std::int64_t bs = layout_.block_size;
  const std::int64_t hit_blocks = hit_tokens / bs;
  const auto groups = static_cast<std::int64_t>(layout_.groups.size());
  std::int64_t evictable = 0;  // hit blocks that lie on the free list count as needed
  for (std::size_t g = 0; g < layout_.groups.size(); ++g)
    for (std::int64_t b = first_hit_in_window(g, hit_blocks); b < hit_blocks; ++b) {
      const BlockId block =
          pool_.index().find(group_key(sequence.block_keys[static_cast<std::size_t>(b)], g));
      if (block != 0 && pool_.is_free(block)) ++evictable;
    }
  const std::int64_t chunk = (ceil_div(hit_tokens + fresh, bs) - hit_blocks) * groups + evictable;
  std::int64_t needed = chunk;
  if (options_.reserve_full_sequence) {
    const std::int64_t known =
        std::min<std::int64_t>(sequence.known_tokens, options_.max_model_len);
    needed = std::max(
        needed, blocks_for_admission(layout_, options_, known) - hit_blocks * groups + evictable);
  }
  if (others_running) needed += watermark_blocks_;
  if (needed > pool_.free_blocks() || chunk > pool_.free_blocks()) return false;

  if (options_.prefix_caching && !sequence.was_admitted) {
    counters_.queried_tokens += sequence.known_tokens;
    counters_.hit_tokens += hit_tokens;
  }
  sequence.was_admitted = true;
  if (has_tables_) sequence.block_tables.resize(layout_.groups.size());
  take_hit_blocks(sequence, hit_blocks);
  sequence.computed_tokens = hit_tokens;
  sequence.hashed_blocks = static_cast<std::int32_t>(hit_blocks);
  sequence.may_hit = true;
  sequence.prefill_start = hit_tokens;
  grow(sequence, ceil_div(hit_tokens + fresh, bs));
  hash_blocks(sequence, std::min(hit_tokens + fresh, sequence.known_tokens));
  return true;
}

// Hit blocks before this one stay null: no query of the window will read them.
std::int64_t KvCache::first_hit_in_window(std::size_t group, std::int64_t hit_blocks) const {
  const std::int64_t window = layout_.groups[group].window;
  return window > 0
             ? std::max<std::int64_t>(0, hit_blocks - ceil_div(window - 1, layout_.block_size))
             : 0;
}

void KvCache::take_hit_blocks(Sequence& sequence, std::int64_t hit_blocks) {
  sequence.held_blocks = static_cast<std::int32_t>(hit_blocks);
  if (hit_blocks == 0) return;
  for (std::size_t g = 0; g < layout_.groups.size(); ++g) {
    auto& table = sequence.block_tables[g];
    const std::int64_t first = first_hit_in_window(g, hit_blocks);
    for (std::int64_t b = 0; b < hit_blocks; ++b) {
      const BlockId block =
          b < first
              ? 0
              : pool_.index().find(group_key(sequence.block_keys[static_cast<std::size_t>(b)], g));
      if (block != 0) pool_.add_reference(block);
      table.push_back(block);
    }
  }
}

bool KvCache::extend(Sequence& sequence, std::int32_t fresh) {
  if (has_windows_) drop_outside_windows(sequence, sequence.computed_tokens);
  const std::int32_t target = sequence.computed_tokens + fresh;
  const std::int64_t beyond = target - sequence.held_blocks * layout_.block_size;
  if (beyond > 0) {
    const std::int64_t missing = ceil_div(beyond, layout_.block_size);
    if (missing * std::ssize(layout_.groups) > pool_.free_blocks()) return false;
    grow(sequence, sequence.held_blocks + missing);
  }
  if (options_.prefix_caching) hash_blocks(sequence, std::min(target, sequence.known_tokens));
  return true;
}

void KvCache::grow(Sequence& sequence, std::int64_t total) {
  const std::int64_t missing = total - sequence.held_blocks;
  if (missing <= 0) return;
  if (has_tables_) {
    for (auto& table : sequence.block_tables) pool_.allocate(missing, table);
  } else {
    pool_.take(missing * std::ssize(layout_.groups));
  }
  sequence.held_blocks = static_cast<std::int32_t>(total);
}

// Blocks wholly before position C - W + 1 are outside every later query's window.
void KvCache::drop_outside_windows(Sequence& sequence, std::int64_t computed) {
  for (std::size_t g = 0; g < layout_.groups.size(); ++g) {
    const std::int64_t window = layout_.groups[g].window;
    if (window == 0) continue;
    const std::int64_t skipped =
        std::max<std::int64_t>(0, computed - window + 1) / layout_.block_size;
    auto& table = sequence.block_tables[g];
    // From the back, and only until the first that already went: earlier calls dropped all before
    // it.
    scratch_.clear();
    for (std::int64_t b =
             std::min<std::int64_t>(skipped, static_cast<std::int64_t>(table.size())) - 1;
         b >= 0; --b) {
      auto& block = table[static_cast<std::size_t>(b)];
      if (block == 0) break;
      scratch_.push_back(block);
      block = 0;
    }
    pool_.release(scratch_.data(), scratch_.data() + scratch_.size());
  }
}

void KvCache::release(Sequence& sequence) {
  if (!has_tables_) pool_.give_back(sequence.held_blocks * std::ssize(layout_.groups));
  for (auto& table : sequence.block_tables) {
    scratch_.assign(table.rbegin(), table.rend());
    pool_.release(scratch_.data(), scratch_.data() + scratch_.size());
    table.clear();
  }
  sequence.held_blocks = 0;
  sequence.computed_tokens = 0;
  sequence.hashed_blocks = 0;
}

void KvCache::hash_blocks(Sequence& sequence, std::int32_t tokens) {
  if (!options_.prefix_caching) return;
  const auto full = static_cast<std::int32_t>(tokens / layout_.block_size);
  if (full <= sequence.hashed_blocks) return;
  extend_keys(sequence, static_cast<std::size_t>(full));
  constexpr std::int32_t kAhead = 8;
  for (std::int32_t b = sequence.hashed_blocks; b < full; ++b) {
    if (b + kAhead < full)
      pool_.index().expect(group_key(sequence.block_keys[static_cast<std::size_t>(b + kAhead)], 0));
    for (std::size_t g = 0; g < layout_.groups.size(); ++g) {
      const BlockId block = sequence.block_tables[g][static_cast<std::size_t>(b)];
      if (block != 0 && !pool_.is_cached(block))
        pool_.cache(block, group_key(sequence.block_keys[static_cast<std::size_t>(b)], g));
    }
  }
  sequence.hashed_blocks = full;
}

std::uint64_t KvCache::group_key(std::uint64_t key, std::size_t group) const {
  const std::uint64_t mixed = group == 0 ? key : mix_bits(key + group * 0x9e3779b97f4a7c15ULL);
  return mixed == 0 ? 1 : mixed;  // 0 means empty in the index
}

void KvCache::extend_keys(Sequence& sequence, std::size_t blocks) const {
  auto& keys = sequence.block_keys;
  while (keys.size() < blocks) {
    // Chained: equal keys are equal prefixes, never equal blocks alone.
    const std::uint64_t parent = keys.empty() ? 0x243f6a8885a308d3ULL : keys.back();
    keys.push_back(
        mix_bits(parent + block_content(sequence, static_cast<std::int64_t>(keys.size()))));
  }
}

// What the tokens of a block are, as a number: the workload's identities while they last, then
// whoever wrote the rest.
std::uint64_t KvCache::block_content(const Sequence& sequence, std::int64_t block) const {
  const std::int64_t begin = block * layout_.block_size;
  const std::int64_t end = begin + layout_.block_size;
  const std::int64_t identified = sequence.identified_tokens;
  std::uint64_t content = 0;
  if (identified > begin) {
    // A KV block lies within one identity: its size divides the identity's (checked when the
    // scenario is loaded).
    const auto id = static_cast<std::size_t>(begin / identities_.tokens_per_id);
    const auto offset = static_cast<std::uint64_t>(begin % identities_.tokens_per_id);
    content =
        mix_bits(identities_.ids[sequence.hash_offset + id] * 0x9e3779b97f4a7c15ULL + offset + 1);
  }
  return identified >= end ? content : mix_bits(content + sequence.author);
}

void KvCache::fork_prefix(Sequence& parent, std::int64_t shared_tokens, Sequence& child) const {
  const auto shared = static_cast<std::size_t>(shared_tokens / layout_.block_size);
  extend_keys(parent, shared);
  child.block_keys.assign(parent.block_keys.begin(),
                          parent.block_keys.begin() + static_cast<std::ptrdiff_t>(shared));
  child.may_hit = true;
  child.forked = true;
}

std::int64_t KvCache::steps_without_shortage(const SequencePool& sequences,
                                             std::span<const SequenceIndex> batch,
                                             std::int64_t limit) const {
  const auto groups = static_cast<std::int64_t>(layout_.groups.size());
  const auto needed = [&](std::int64_t steps) {
    std::int64_t blocks = 0;
    for (const SequenceIndex index : batch) {
      const Sequence& s = sequences[index];
      const std::int64_t total = ceil_div(s.computed_tokens + steps, layout_.block_size);
      blocks += std::max<std::int64_t>(0, total - s.held_blocks);
    }
    return blocks * groups;
  };
  const std::int64_t free = pool_.free_blocks();
  if (needed(limit) <= free) return limit;
  std::int64_t enough = 0;
  std::int64_t too_many = limit;
  while (too_many - enough > 1) {
    const std::int64_t middle = enough + (too_many - enough) / 2;
    (needed(middle) <= free ? enough : too_many) = middle;
  }
  return enough;
}

void KvCache::extend_stretch(SequencePool& sequences, std::span<const SequenceIndex> batch,
                             std::int64_t steps) {
  const std::int64_t bs = layout_.block_size;
  if (!options_.prefix_caching && !has_windows_) {  // only the number of blocks matters
    for (const SequenceIndex index : batch) {
      Sequence& s = sequences[index];
      grow(s, ceil_div(s.computed_tokens + steps, bs));
    }
    return;
  }
  events_.clear();
  for (std::uint32_t order = 0; order < batch.size(); ++order) {
    const Sequence& s = sequences[batch[order]];
    for (std::int64_t step = s.held_blocks * bs - s.computed_tokens; step < steps; step += bs)
      events_.push_back({step, order, batch[order]});
    for (const auto& group : layout_.groups) {
      if (group.window == 0) continue;
      events_.push_back({0, order, batch[order]});
      // Next dates at which computed - window + 1 is a positive multiple of the block size.
      const std::int64_t outside = s.computed_tokens - group.window + 1;
      const std::int64_t first = outside <= 0 ? bs - outside : (bs - outside % bs) % bs;
      for (std::int64_t step = first; step < steps; step += bs)
        events_.push_back({step, order, batch[order]});
    }
  }
  // The order in which stepping would have visited them: it decides which block ids go where, hence
  // what is evicted.
  std::sort(events_.begin(), events_.end(), [](const StretchEvent& a, const StretchEvent& b) {
    return a.step != b.step ? a.step < b.step : a.order < b.order;
  });
  for (const auto& event : events_) {
    Sequence& s = sequences[event.sequence];
    const std::int64_t computed = s.computed_tokens + event.step;
    if (has_windows_) {
      // A block that leaves the window was hashed when it was full, and goes to the free list as
      // such.
      hash_blocks(s, static_cast<std::int32_t>(
                         std::min<std::int64_t>(computed, s.known_tokens + event.step)));
      drop_outside_windows(s, computed);
    }
    grow(s, ceil_div(computed + 1, bs));
  }
}

void KvCache::check_invariants(const SequencePool& sequences) const {
  std::vector<std::int64_t> references(static_cast<std::size_t>(pool_.usable()) + 1, 0);
  std::int64_t held = 0;
  const auto count = [&](SequenceIndex index) {
    const Sequence& s = sequences[index];
    for (const auto& table : s.block_tables) {
      HEADROOM_CHECK(std::ssize(table) == s.held_blocks, "groups hold equally long tables");
      for (const BlockId block : table) ++references[block];
    }
    held += has_tables_ ? 0 : s.held_blocks * std::ssize(layout_.groups);
    HEADROOM_CHECK(s.held_blocks * layout_.block_size >= s.computed_tokens, "sequence ", s.id,
                   " has blocks for its ", s.computed_tokens, " computed tokens");
    HEADROOM_CHECK(
        s.hashed_blocks * layout_.block_size <= s.computed_tokens || s.hashed_blocks == 0,
        "only computed blocks are hashed");
  };
  for (const SequenceIndex index : sequences.running()) count(index);
  for (const SequenceIndex index : sequences.paused()) count(index);
  for (const SequenceIndex index : sequences.waiting()) count(index);
  if (pool_.counts_only()) {
    if (has_tables_)  // all under one id
      held = std::accumulate(references.begin() + 1, references.end(), std::int64_t{0});
    HEADROOM_CHECK(held == pool_.used_blocks(), "sequences hold ", held, " blocks, counted ",
                   pool_.used_blocks());
    return;
  }
  std::int64_t used = 0;
  for (std::size_t block = 1; block < references.size(); ++block) {
    HEADROOM_CHECK(references[block] == pool_.references(static_cast<BlockId>(block)), "block ",
                   block, " is referenced by ", references[block], " tables, counted ",
                   pool_.references(static_cast<BlockId>(block)));
    used += references[block] > 0 ? 1 : 0;
  }
  HEADROOM_CHECK(used == pool_.used_blocks(), "used and free blocks are all blocks");
  HEADROOM_CHECK(static_cast<std::int64_t>(pool_.free_list().size()) == pool_.free_blocks(),
                 "the free list holds the free blocks");
}

}  // namespace headroom
