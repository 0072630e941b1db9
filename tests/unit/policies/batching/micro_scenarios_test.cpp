// The worked micro-scenarios of the engine notes (section 14), number by number, with exact block
// ids. Synchronous loop; every option is set where it matters. `blocks` is the notes' N, of which
// ids 1..N-1 are usable.
#include <catch2/catch.hpp>

#include "tests/support/stepped_engine.hpp"

namespace headroom::test {
namespace {

using Blocks = std::vector<BlockId>;

Blocks head_of(const Blocks& list, std::size_t n) {
  return {list.begin(), list.begin() + static_cast<long>(n)};
}
Blocks tail_of(const Blocks& list, std::size_t n) {
  return {list.end() - static_cast<long>(n), list.end()};
}

void run_steps(SteppedEngine& engine, int steps) {
  for (int i = 0; i < steps; ++i) engine.step();
}

TEST_CASE("micro-scenario 1: a prompt is cut at the budget and the next shares the step",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .budget = 8});
  engine.add('A', 10, 2);
  engine.add('B', 6, 2);
  REQUIRE(engine.step().scheduled == "A:8");
  CHECK(engine.blocks('A') == Blocks{1, 2});
  const auto second = engine.step();
  REQUIRE(second.scheduled == "A:2 B:6");
  CHECK(second.emitted == "AB");
  CHECK(engine.blocks('A') == Blocks{1, 2, 3});
  CHECK(engine.blocks('B') == Blocks{4, 5});
  const auto third = engine.step();
  REQUIRE(third.scheduled == "A:1 B:1");
  CHECK(third.finished == "AB");
  // A frees 3 (not full, to the head), 2, 1; B frees 5 (to the head), 4.
  CHECK(head_of(engine.free_list(), 3) == Blocks{5, 3, 6});
  CHECK(tail_of(engine.free_list(), 3) == Blocks{2, 1, 4});
}

TEST_CASE("micro-scenario 2: a decode takes a block at every sixteenth position",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 16, .blocks = 10});
  engine.add('A', 16, 18);
  REQUIRE(engine.step().scheduled == "A:16");
  CHECK(engine.blocks('A') == Blocks{1});
  for (int step = 2; step <= 17; ++step) {
    REQUIRE(engine.step().scheduled == "A:1");
    // Step 2 computes position 17, step 17 position 32: two blocks all along.
    CHECK(engine.blocks('A') == Blocks{1, 2});
    CHECK(engine.find('A').computed_tokens == 16 + step - 1);
  }
  const auto last = engine.step();  // position 33 = P + 17, in a third block
  CHECK(last.scheduled == "A:1");
  CHECK(last.finished == "A");
  CHECK(engine.free_list() == Blocks{3, 4, 5, 6, 7, 8, 9, 2, 1});
}

TEST_CASE("micro-scenario 3: a repeated prompt recomputes at least one token",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 16, .blocks = 20});
  engine.add('A', 32, 1, 0, {7, 8});
  REQUIRE(engine.step().finished == "A");
  engine.add('B', 32, 1, 0, {7, 8});
  CHECK(engine.step().scheduled == "B:16");  // (31 / 16) = 1 block hits
  engine.add('C', 33, 1, 0, {7, 8, 9});
  CHECK(engine.step().scheduled == "C:1");
  CHECK(engine.kv().counters().queried_tokens == 32 + 32 + 33);
  CHECK(engine.kv().counters().hit_tokens == 16 + 32);
}

// TensorRT-LLM with reuse would run {A:40} alone and let B wait for its blocks.
TEST_CASE("micro-scenario 4: identical prompts of one step share blocks at once",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 16, .blocks = 20, .budget = 64});
  engine.add('A', 40, 4, 0, {1, 2, 3});
  engine.add('B', 40, 4, 0, {1, 2, 3});
  REQUIRE(engine.step().scheduled == "A:40 B:8");
  CHECK(engine.blocks('A') == Blocks{1, 2, 3});
  CHECK(engine.blocks('B') == Blocks{1, 2, 4});
  CHECK(engine.kv().pool().references(1) == 2);
  CHECK(engine.kv().pool().references(2) == 2);
  CHECK(engine.kv().pool().references(3) == 1);
}

TEST_CASE("micro-scenario 5: where freed blocks go, and what six allocations evict",
          "[policies][batching]") {
  const auto free_order = GENERATE(FreeOrder::kUnhashedFirst, FreeOrder::kAppend);
  SteppedEngine engine({.block_size = 4, .blocks = 8, .free_order = free_order});
  engine.add('A', 10, 1, 0, {1, 2, 3});
  REQUIRE(engine.step().finished == "A");
  if (free_order == FreeOrder::kUnhashedFirst) {
    CHECK(engine.free_list() == Blocks{3, 4, 5, 6, 7, 2, 1});
  } else {
    CHECK(engine.free_list() == Blocks{4, 5, 6, 7, 3, 2, 1});
  }
  engine.add('B', 24, 1);  // 6 blocks: the last one taken is block 2
  REQUIRE(engine.step().scheduled == "B:24");
  CHECK(engine.kv().pool().evictions() == 1);
  engine.add('C', 10, 1, 0, {1, 2, 3});
  CHECK(engine.step().scheduled == "C:6");  // block 1 still hits: 4 of 10 tokens
}

TEST_CASE("micro-scenario 6: a shared first block moves behind the blocks freed before it",
          "[policies][batching]") {
  const auto free_order = GENERATE(FreeOrder::kUnhashedFirst, FreeOrder::kAppend);
  SteppedEngine engine({.block_size = 4, .blocks = 8, .free_order = free_order});
  engine.add('A', 8, 1, 0, {1, 2});
  REQUIRE(engine.step().finished == "A");
  REQUIRE(engine.free_list() == Blocks{3, 4, 5, 6, 7, 2, 1});
  engine.add('B', 9, 2, 0, {1, 5, 6});
  const auto step = engine.step();
  CHECK(step.scheduled == "B:5");
  CHECK(engine.blocks('B') == Blocks{1, 3, 4});
  REQUIRE(engine.step().finished == "B");  // its second token fits block 4, which stays partial
  if (free_order == FreeOrder::kUnhashedFirst) {
    CHECK(engine.free_list() == Blocks{4, 5, 6, 7, 2, 3, 1});
  } else {
    CHECK(engine.free_list() == Blocks{5, 6, 7, 2, 4, 3, 1});
  }
}

TEST_CASE("micro-scenario 7: the last admitted is preempted and recomputes, caching off",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 7, .budget = 16, .caching = false});
  engine.add('A', 8, 8);
  engine.add('B', 8, 8);
  REQUIRE(engine.step().scheduled == "A:8 B:8");
  for (int step = 2; step <= 5; ++step) REQUIRE(engine.step().scheduled == "A:1 B:1");
  CHECK(engine.blocks('A') == Blocks{1, 2, 5});
  CHECK(engine.blocks('B') == Blocks{3, 4, 6});
  CHECK(engine.kv().free_blocks() == 0);
  const auto sixth = engine.step();
  CHECK(sixth.scheduled == "A:1");
  CHECK(sixth.preempted == "B");
  CHECK(engine.blocks('A') == Blocks{1, 2, 5, 6});
  CHECK(engine.kv().free_blocks() == 2);
  CHECK(engine.step().scheduled == "A:1");  // B needs 4 blocks, 2 are free
  const auto eighth = engine.step();
  CHECK(eighth.scheduled == "A:1");
  CHECK(eighth.finished == "A");
  const auto ninth = engine.step();
  CHECK(ninth.scheduled == "B:13");
  CHECK(ninth.emitted == "B");
  CHECK(engine.find('B').emitted() == 6);
  CHECK(engine.step().scheduled == "B:1");
  CHECK(engine.step().finished == "B");
  CHECK(engine.kv().free_blocks() == 6);
}

TEST_CASE("micro-scenario 8: a preempted sequence finds its own hashed blocks again",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 7, .budget = 16, .caching = true});
  engine.add('A', 8, 8);
  engine.add('B', 8, 8);
  run_steps(engine, 5);
  REQUIRE(engine.blocks('B') == Blocks{3, 4, 6});
  CHECK(engine.step().preempted == "B");
  CHECK(engine.blocks('A') == Blocks{1, 2, 5, 6});  // block 6 was B's third: its hash is lost
  CHECK(engine.free_list() == Blocks{4, 3});
  // B hits 3 and 4, but needs 2 new blocks and these 2: 4 > 2.
  CHECK(engine.kv().lookup(engine.find('B')) == 8);
  CHECK(engine.step().scheduled == "A:1");
  CHECK(engine.step().finished == "A");
  CHECK(engine.step().scheduled == "B:5");
  CHECK(engine.blocks('B') == Blocks{3, 4, 6, 5});
}

TEST_CASE("micro-scenario 9: the least urgent gives way even if it was scheduled already",
          "[policies][batching]") {
  const auto policy = GENERATE(QueuePolicy::kPriority, QueuePolicy::kFcfs);
  SteppedEngine engine(
      {.block_size = 4, .blocks = 6, .budget = 64, .caching = false, .policy = policy});
  engine.add('R', 9, 20, 5);
  REQUIRE(engine.step().scheduled == "R:9");
  CHECK(engine.blocks('R') == Blocks{1, 2, 3});
  engine.add('S', 7, 20, 0);
  REQUIRE(engine.step().scheduled == "R:1 S:7");
  CHECK(engine.blocks('S') == Blocks{4, 5});
  REQUIRE(engine.step().scheduled == "R:1 S:1");
  const auto fourth = engine.step();
  if (policy == QueuePolicy::kPriority) {
    // R got its token first; S needs a third block: R is un-scheduled and its token refunded.
    CHECK(fourth.scheduled == "S:1");
    CHECK(fourth.preempted == "R");
    CHECK(engine.blocks('S') == Blocks{4, 5, 3});
    CHECK(engine.free_list() == Blocks{2, 1});
  } else {
    CHECK(fourth.scheduled == "R:1");
    CHECK(fourth.preempted == "S");
    CHECK(engine.free_list() == Blocks{5, 4});
  }
}

// Both parts of scenario 10 begin with A (P = 90) decoding on 6 of 10 blocks when C (P = 100, 7
// blocks) arrives.
void start_scenario_10(SteppedEngine& engine) {
  engine.add('A', 90, 30);
  run_steps(engine, 3);  // 32 + 32 + 26
  REQUIRE(engine.blocks('A').size() == 6);
  REQUIRE(engine.kv().free_blocks() == 4);
  engine.add('C', 100, 5);
}

TEST_CASE("micro-scenario 10: with the full-sequence gate the newcomer waits",
          "[policies][batching]") {
  SteppedEngine engine(
      {.block_size = 16, .blocks = 11, .budget = 32, .caching = false, .gate = true});
  start_scenario_10(engine);
  CHECK(engine.step().scheduled == "A:1");
  CHECK(engine.plan().limited_by == BatchLimit::kMemory);
}

TEST_CASE("micro-scenario 10: without the gate the newcomer thrashes", "[policies][batching]") {
  SteppedEngine engine(
      {.block_size = 16, .blocks = 11, .budget = 32, .caching = false, .gate = false});
  start_scenario_10(engine);
  for (int round = 0; round < 2; ++round) {
    CHECK(engine.step().scheduled == "A:1 C:31");
    CHECK(engine.step().scheduled == "A:1 C:31");
    CHECK(engine.find('C').computed_tokens == 62);
    const auto third = engine.step();
    CHECK(third.scheduled == "A:1");
    CHECK(third.preempted == "C");
    CHECK(engine.find('C').computed_tokens == 0);
  }
}

TEST_CASE("micro-scenario 10: with caching the preempted newcomer waits for its hits to fit",
          "[policies][batching]") {
  SteppedEngine engine(
      {.block_size = 16, .blocks = 11, .budget = 32, .caching = true, .gate = false});
  start_scenario_10(engine);
  run_steps(engine, 3);
  // 3 full blocks hit; the next 31 tokens need 2 new and these 3, which lie free: 5 > 4.
  CHECK(engine.kv().lookup(engine.find('C')) == 48);
  CHECK(engine.step().scheduled == "A:1");
}

TEST_CASE("micro-scenario 11: the watermark holds only beside running sequences",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .caching = false, .watermark = 0.1});
  engine.add('A', 4 * 88, 40);
  run_steps(engine, 1);
  REQUIRE(engine.kv().free_blocks() == 12);
  engine.add('B', 12, 5);  // 3 blocks
  auto& b = engine.find('B');
  CHECK_FALSE(engine.kv().try_admit(b, 0, 12, true));  // 3 + int(0.1 * 101) = 13 > 12
  CHECK(engine.kv().try_admit(b, 0, 12, false));
}

TEST_CASE("micro-scenario 12: the long-prefill threshold shares the budget",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .budget = 10, .threshold = 4});
  engine.add('A', 10, 20);
  engine.add('B', 10, 20);
  engine.add('C', 10, 20);
  CHECK(engine.step().scheduled == "A:4 B:4 C:2");
  CHECK(engine.step().scheduled == "A:4 B:4 C:2");
  const auto third = engine.step();
  CHECK(third.scheduled == "A:2 B:2 C:4");
  CHECK(third.emitted == "AB");
  const auto fourth = engine.step();
  CHECK(fourth.scheduled == "A:1 B:1 C:2");
  CHECK(fourth.emitted == "ABC");
  CHECK(engine.step().scheduled == "A:1 B:1 C:1");
}

TEST_CASE("a long prompt waits for a step with enough budget when chunking is off",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .budget = 16, .chunked = false});
  engine.add('A', 10, 20);
  engine.add('B', 10, 20);
  CHECK(engine.step().scheduled == "A:10");  // 6 left, B needs 10 at once
  CHECK(engine.plan().limited_by == BatchLimit::kPolicy);
  CHECK(engine.step().scheduled == "A:1 B:10");
}

// vLLM compares what the threshold left with the budget, not the whole prompt.
TEST_CASE("with chunking off the threshold still cuts a prompt before the budget is asked",
          "[policies][batching]") {
  SteppedEngine engine(
      {.block_size = 4, .blocks = 101, .budget = 16, .threshold = 8, .chunked = false});
  engine.add('A', 30, 20);
  CHECK(engine.step().scheduled == "A:8");
}

TEST_CASE("a step without free places admits nobody and says it was the policy",
          "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .budget = 64, .max_num_seqs = 2});
  engine.add('A', 4, 5);
  engine.add('B', 4, 5);
  engine.add('C', 4, 5);
  CHECK(engine.step().scheduled == "A:4 B:4");
  CHECK(engine.plan().limited_by == BatchLimit::kPolicy);
}

TEST_CASE("several victims of one step wait in their original order", "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 8, .budget = 64, .caching = false});
  engine.add('A', 8, 40);
  engine.add('B', 8, 40);
  engine.add('C', 8, 40);
  REQUIRE(engine.step().scheduled == "A:8 B:8 C:8");  // 6 of 7 blocks
  CHECK(engine.step().preempted == "C");              // A takes the 7th, B needs one: C goes
  REQUIRE(engine.step().scheduled == "A:1 B:1");
  CHECK(engine.pool().waiting().size() == 1);
  // A and B fill 12 positions each with 6 blocks, 1 is free; then A takes it and B gives way
  // itself.
  run_steps(engine, 2);
  const auto step = engine.step();
  CHECK(step.scheduled == "A:1");
  CHECK(step.preempted == "B");
  // Preempted earlier or later, B was admitted before C and is ahead of it again.
  CHECK(engine.pool()[engine.pool().waiting()[0]].id == 1);
  CHECK(engine.pool()[engine.pool().waiting()[1]].id == 2);
}

}  // namespace
}  // namespace headroom::test
