#include "policies/batching/static_batch.hpp"

#include <catch2/catch.hpp>

#include "tests/support/stepped_engine.hpp"

namespace headroom::test {
namespace {

TEST_CASE("a static batch starts together and the next waits until the last one is done",
          "[policies][batching]") {
  SteppedEngine engine(
      {.block_size = 4, .blocks = 101, .max_num_seqs = 2, .scheduler = "static_batch"});
  engine.add('A', 5, 2);
  engine.add('B', 9, 4);
  engine.add('C', 3, 1);
  // The longest prompt first.
  REQUIRE(engine.step().scheduled == "B:9 A:5");
  const auto second = engine.step();
  CHECK(second.scheduled == "B:1 A:1");
  CHECK(second.finished == "A");
  CHECK(engine.step().scheduled == "B:1");  // C waits beside a batch of one
  CHECK(engine.plan().limited_by == BatchLimit::kPolicy);
  CHECK(engine.step().finished == "B");
  CHECK(engine.step().scheduled == "C:3");
}

TEST_CASE("a static batch takes only what fits to the end", "[policies][batching]") {
  // 12 blocks of 4 tokens. Each request ends with 10 + 15 - 1 = 24 tokens in 6 blocks: two fit,
  // though four prompts (3 blocks each) would.
  SteppedEngine engine(
      {.block_size = 4, .blocks = 13, .caching = false, .scheduler = "static_batch"});
  for (const char name : {'A', 'B', 'C', 'D'}) engine.add(name, 10, 15);
  REQUIRE(engine.step().scheduled == "A:10 B:10");
  CHECK(engine.plan().limited_by == BatchLimit::kMemory);
  for (int step = 2; step <= 15; ++step) {
    const auto report = engine.step();
    CHECK(report.scheduled == "A:1 B:1");
    CHECK(report.preempted.empty());
  }
  CHECK(engine.kv().free_blocks() == 12);
  CHECK(engine.step().scheduled == "C:10 D:10");
}

TEST_CASE("a static batch that only decodes stands until something ends", "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .scheduler = "static_batch"});
  engine.add('A', 5, 3);
  engine.step();
  CHECK(engine.plan().valid_for == IterationCount{1});
  engine.step();
  CHECK(engine.plan().valid_for == kUntilNextEvent);
}

TEST_CASE("prompts of a static batch are not cut at the token budget", "[policies][batching]") {
  SteppedEngine engine({.block_size = 4, .blocks = 101, .budget = 8, .scheduler = "static_batch"});
  engine.add('A', 50, 2);
  engine.add('B', 60, 2);
  CHECK(engine.step().scheduled == "B:60 A:50");
}

}  // namespace
}  // namespace headroom::test
