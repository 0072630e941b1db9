// The KV cache on its own: hits, windows, groups, and the traps other simulators fell into.
#include "sim/serving/kv_cache.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

using Blocks = std::vector<BlockId>;

constexpr std::int64_t kBlockSize = 4;

KvLayout layout_of(std::vector<KvGroup> groups) {
  KvLayout layout;
  layout.block_size = kBlockSize;
  layout.layers_per_group = 1;
  layout.groups = std::move(groups);
  return layout;
}

KvCacheOptions options_of(bool reserve_full = false) {
  return {.prefix_caching = true,
          .free_order = FreeOrder::kAppend,
          .reserve_full_sequence = reserve_full,
          .watermark = 0.0,
          .recycling_bound = false,
          .max_model_len = 1 << 20,
          .max_tokens_in_flight = 16};
}

// Prompts by the identities of their blocks; offsets are places in this table.
const std::vector<std::uint64_t> kIds{1,          2, 3, 4, 5, 6,           7, 8,
                                      /* 8: */ 1, 2, 9, 4, 5, /* 13: */ 9, 2, 3};
const PrefixIdentities kIdentities{kIds, kBlockSize};

Sequence prompt_of(std::int64_t id, std::int32_t tokens, std::uint32_t offset = 0,
                   std::uint32_t count = 0) {
  Sequence s;
  s.id = id;
  s.author = mix_bits(static_cast<std::uint64_t>(id) + 1);
  s.prompt_tokens = s.known_tokens = tokens;
  s.max_output_tokens = 100;
  s.hash_offset = offset;
  s.hash_count = count;
  s.identified_tokens = count > 0 ? tokens : 0;
  s.state = SequenceState::kRunning;
  return s;
}

bool admit(KvCache& kv, Sequence& s, std::int32_t fresh) {
  const std::int32_t hit = kv.lookup(s);
  if (!kv.try_admit(s, hit, fresh, false)) return false;
  s.computed_tokens += fresh;
  return true;
}

void extend(KvCache& kv, Sequence& s, std::int32_t fresh) {
  REQUIRE(kv.try_extend(s, fresh));
  s.computed_tokens += fresh;
}

TEST_CASE("micro-scenario 16: what falls out of a window is freed", "[serving][kv]") {
  KvCache kv(layout_of({{8, 0}}), 20, options_of(), kIdentities);
  Sequence s = prompt_of(1, 40);
  REQUIRE(admit(kv, s, 13));
  CHECK(kv.pool().used_blocks() == 4);
  extend(kv, s, 2);  // C was 13: (13 - 8 + 1) / 4 = 1 block goes, position 16 needs none
  CHECK(s.block_tables[0] == Blocks{0, 2, 3, 4});
  extend(kv, s, 1);  // C was 15: (15 - 8 + 1) / 4 = 2
  CHECK(s.block_tables[0] == Blocks{0, 0, 3, 4});
  CHECK(kv.pool().free_list().back() == 2);
}

TEST_CASE("micro-scenario 16: the most blocks a window holds", "[serving][kv]") {
  // cdiv(8 - 1 + 16, 4) + 1 = 7, capped by the sequence's length.
  CHECK(peak_blocks(layout_of({{8, 0}}), 1000, 16) == 7);
  CHECK(peak_blocks(layout_of({{8, 0}}), 9, 16) == 3);
  CHECK(peak_blocks(layout_of({{0, 0}, {8, 1}, {8, 1}}), 1000, 16) == 250 + 7 + 7);
}

TEST_CASE("micro-scenario 16: a window hits the rightmost run that fills it", "[serving][kv]") {
  KvCache kv(layout_of({{8, 0}}), 6, options_of(), kIdentities);
  Sequence a = prompt_of(1, 40, 0, 8);
  REQUIRE(admit(kv, a, 12));
  // Dropped one after the other as it goes on: blocks 1 and then 4 are taken again, and their
  // content is forgotten.
  for (int i = 0; i < 4; ++i) extend(kv, a, 4);
  REQUIRE(a.block_tables[0] == Blocks{0, 0, 0, 0, 5, 6, 1});
  Sequence d = prompt_of(2, 13, 0, 4);
  REQUIRE(admit(kv, d, 1));
  REQUIRE(d.block_tables[0] == Blocks{0, 2, 3, 4});
  kv.release(a);
  // Cached of the first five blocks: 1, 2 and 4. The window of 8 needs a run of cdiv(7, 4) = 2:
  // blocks 1 and 2.
  Sequence e = prompt_of(3, 21, 0, 6);
  CHECK(kv.lookup(e) == 12);
  REQUIRE(admit(kv, e, 4));
  CHECK(e.block_tables[0] == Blocks{0, 2, 3, 1});
}

// Blocks a window will not read stay null: they neither cost anything nor count as taken from the
// free list.
TEST_CASE("hit blocks outside the window are not needed for admission", "[serving][kv]") {
  KvCache kv(layout_of({{8, 0}}), 6, options_of(), kIdentities);
  Sequence a = prompt_of(1, 24, 0, 6);
  REQUIRE(admit(kv, a, 24));
  kv.release(a);
  Sequence b = prompt_of(2, 21, 0, 6);
  REQUIRE(kv.lookup(b) == 20);
  // Of 5 hit blocks the last 2 are taken; with 1 new block that is 3 of the 6 free, not 6.
  Sequence hog = prompt_of(9, 8);
  REQUIRE(kv.try_admit(hog, 0, 8, false));
  REQUIRE(kv.free_blocks() == 4);
  CHECK(admit(kv, b, 1));
  CHECK(kv.free_blocks() == 1);
}

TEST_CASE("several blocks that leave a window together keep the order of one release",
          "[serving][kv]") {
  KvCacheOptions options = options_of();
  options.free_order = FreeOrder::kUnhashedFirst;
  options.prefix_caching = false;
  KvCache kv(layout_of({{4, 0}}), 8, options, {});
  Sequence s = prompt_of(1, 40);
  REQUIRE(kv.try_admit(s, 0, 16, false));
  s.computed_tokens = 16;
  // Three blocks of positions before 16 - 4 + 1 = 13 go in one call, last first, to the head: 3, 2,
  // 1; one is taken.
  extend(kv, s, 1);
  CHECK(s.block_tables[0] == Blocks{0, 0, 0, 4, 3});
  CHECK(kv.pool().free_list() == Blocks{2, 1, 5, 6, 7, 8});
}

TEST_CASE("trap: the hash of a block says nothing without its parent", "[serving][kv]") {
  KvCache kv(layout_of({{0, 0}}), 20, options_of(), kIdentities);
  Sequence a = prompt_of(1, 32, 0, 8);  // 1 2 3 4 5 6 7 8
  REQUIRE(admit(kv, a, 32));
  Sequence same_middle =
      prompt_of(2, 20, 8, 5);  // 1 2 9 4 5: blocks 3 and 4 are equal, their prefix is not
  CHECK(kv.lookup(same_middle) == 8);
  Sequence same_suffix = prompt_of(3, 12, 13, 3);  // 9 2 3
  CHECK(kv.lookup(same_suffix) == 0);
}

TEST_CASE("trap: output tokens are nobody else's prefix", "[serving][kv]") {
  KvCache kv(layout_of({{0, 0}}), 20, options_of(), kIdentities);
  Sequence a = prompt_of(1, 6, 0, 2);
  a.known_tokens = 13;  // 7 tokens of output
  REQUIRE(admit(kv, a, 12));
  CHECK(kv.pool().index().size() == 3);
  // The same prompt, longer: of its second block only two tokens are the other's prompt.
  Sequence b = prompt_of(2, 13, 0, 4);
  CHECK(kv.lookup(b) == 4);
  // The one who wrote them finds them again after losing them.
  kv.release(a);
  CHECK(kv.lookup(a) == 12);
}

TEST_CASE("trap: later chunks of a prompt do not hide what the first could have hit",
          "[serving][kv]") {
  KvCache kv(layout_of({{0, 0}}), 40, options_of(), kIdentities);
  Sequence a = prompt_of(1, 32, 0, 8);
  REQUIRE(admit(kv, a, 4));
  for (int i = 0; i < 7; ++i) extend(kv, a, 4);  // computed in eight chunks
  Sequence b = prompt_of(2, 33, 0, 8);
  CHECK(kv.lookup(b) == 32);  // the hit is not capped at a chunk
  REQUIRE(admit(kv, b, 1));
  CHECK(kv.counters().hit_tokens == 32);
  CHECK(kv.counters().queried_tokens == 32 + 33);
}

TEST_CASE("trap: preemption frees every block and forgets what was computed", "[serving][kv]") {
  KvCache kv(layout_of({{0, 0}, {0, 0}}), 40, options_of(), kIdentities);
  Sequence a = prompt_of(1, 30);
  REQUIRE(admit(kv, a, 30));
  CHECK(kv.pool().used_blocks() == 16);  // cdiv(30, 4) = 8 in each of two groups
  kv.release(a);
  CHECK(kv.pool().used_blocks() == 0);
  CHECK(a.computed_tokens == 0);
}

TEST_CASE("trap: a prefix hit in one group only is no hit", "[serving][kv]") {
  // Two groups of full attention share one pool; evicting one group's block of the prefix ends the
  // common hit there.
  KvCache kv(layout_of({{0, 0}, {0, 0}}), 6, options_of(), kIdentities);
  Sequence a = prompt_of(1, 12, 0, 3);
  REQUIRE(admit(kv, a, 12));
  REQUIRE(a.block_tables == std::vector<Blocks>{{1, 2, 3}, {4, 5, 6}});
  kv.release(a);
  REQUIRE(kv.pool().free_list() == Blocks{3, 2, 1, 6, 5, 4});
  Sequence b = prompt_of(2, 4);
  REQUIRE(admit(kv, b, 4));  // takes 3 and 2: the second group still has all of the prefix
  Sequence c = prompt_of(3, 12, 0, 3);
  CHECK(kv.lookup(c) == 4);
}

TEST_CASE("duplicate contents: the first inserted is found until it is evicted", "[serving][kv]") {
  PrefixIndex index(4);
  index.insert(42, 3);
  index.insert(42, 1);
  index.insert(42, 2);
  CHECK(index.find(42) == 3);
  index.remove(3);
  CHECK(index.find(42) == 1);
  index.remove(2);
  CHECK(index.find(42) == 1);
  index.remove(1);
  CHECK(index.find(42) == 0);
  CHECK(index.size() == 0);
}

TEST_CASE("the prefix index survives collisions and deletions in any order", "[serving][kv]") {
  constexpr std::int64_t kBlocks = 200;
  PrefixIndex index(kBlocks);
  std::vector<std::uint64_t> key_of(kBlocks + 1, 0);
  RandomStream random(5, "index");
  for (int i = 0; i < 20000; ++i) {
    const auto block = static_cast<BlockId>(random.uniform_int(1, kBlocks));
    if (key_of[block] != 0) {
      index.remove(block);
      key_of[block] = 0;
    } else {
      key_of[block] =
          static_cast<std::uint64_t>(random.uniform_int(1, 60)) * 512;  // all in one home slot
      index.insert(key_of[block], block);
    }
    const auto key = static_cast<std::uint64_t>(random.uniform_int(1, 60)) * 512;
    const BlockId found = index.find(key);
    const bool present = std::find(key_of.begin(), key_of.end(), key) != key_of.end();
    REQUIRE((found != 0) == present);
    if (found != 0) REQUIRE(key_of[found] == key);
  }
}

TEST_CASE("a sequence that only fits alone is refused beside others and never evicts them",
          "[serving][kv]") {
  KvCache kv(layout_of({{0, 0}}), 5, options_of(true), {});
  Sequence a = prompt_of(1, 8);
  REQUIRE(admit(kv, a, 8));
  Sequence b = prompt_of(2, 16);
  CHECK_FALSE(admit(kv, b, 4));  // the gate asks for cdiv(16, 4) = 4 blocks, 3 are free
  CHECK(b.block_tables.empty());
  CHECK(kv.counters().queried_tokens == 8);  // counted at admission only
  kv.release(a);
  CHECK(admit(kv, b, 4));
}

TEST_CASE("what can ever fit: the KV of the last token is not computed", "[serving][kv]") {
  const auto fits = [](const KvLayout& layout, bool gate, std::int64_t blocks, std::int64_t prompt,
                       std::int64_t output) {
    return can_ever_fit(layout, options_of(gate), blocks, prompt, output);
  };
  CHECK(fits(layout_of({{0, 0}}), true, 5, 16, 5));  // 20 tokens of KV in 5 blocks
  CHECK_FALSE(fits(layout_of({{0, 0}}), true, 5, 16, 6));
  // A window of 8 holds at most cdiv(7 + 16, 4) + 1 = 7 blocks, however long the sequence grows.
  CHECK(fits(layout_of({{8, 0}}), false, 7, 1000, 1000));
  CHECK_FALSE(fits(layout_of({{8, 0}}), true, 7, 1000, 1000));
}

TEST_CASE("input added after a pause is the sequence's own", "[serving][kv]") {
  // After a pause a sequence may get more input (a tool's answer). Those tokens are its own, not
  // the trace's.
  KvCache kv(layout_of({{0, 0}}), 40, options_of(), kIdentities);
  Sequence a = prompt_of(1, 6, 0, 2);
  a.prompt_tokens = a.known_tokens = 12;
  REQUIRE(admit(kv, a, 12));
  Sequence b = prompt_of(2, 13, 0, 4);
  CHECK(kv.lookup(b) == 4);
}

// Sequences of random lengths come, grow and go: with blocks as a number every answer is that of
// blocks with ids.
TEST_CASE("blocks that are only counted give every answer of blocks with ids", "[serving][kv]") {
  const std::int64_t window = GENERATE(0, 10);
  KvCacheOptions options = options_of(true);
  options.prefix_caching = false;
  KvCache named(layout_of({{0, 0}, {window, 0}}), 60, options, {});
  options.count_blocks_only = true;
  KvCache counted(layout_of({{0, 0}, {window, 0}}), 60, options, {});
  RandomStream random(1, "counted_blocks");
  std::vector<Sequence> a, b;
  for (int step = 0; step < 5000; ++step) {
    if (a.size() < 6 && random.uniform_int(0, 3) == 0) {
      const auto tokens = static_cast<std::int32_t>(random.uniform_int(1, 40));
      a.push_back(prompt_of(step, tokens));
      b.push_back(prompt_of(step, tokens));
      const bool fits = admit(named, a.back(), tokens);
      REQUIRE(admit(counted, b.back(), tokens) == fits);
      if (!fits) {
        a.pop_back();
        b.pop_back();
      }
    }
    if (a.empty()) continue;
    const auto at =
        static_cast<std::size_t>(random.uniform_int(0, static_cast<std::int64_t>(a.size()) - 1));
    if (random.uniform_int(0, 20) > 0) {
      const bool fits = named.try_extend(a[at], 1);
      REQUIRE(counted.try_extend(b[at], 1) == fits);
      if (fits) a[at].known_tokens = b[at].known_tokens = ++a[at].computed_tokens;
      b[at].computed_tokens = a[at].computed_tokens;
    } else {
      named.release(a[at]);
      counted.release(b[at]);
      a.erase(a.begin() + static_cast<std::ptrdiff_t>(at));
      b.erase(b.begin() + static_cast<std::ptrdiff_t>(at));
    }
    REQUIRE(counted.free_blocks() == named.free_blocks());
  }
  CHECK(counted.pool().peak_used() == named.pool().peak_used());
  CHECK(named.pool().peak_used() > 50);
}

}  // namespace
}  // namespace headroom
