#include "analysis/timeline/timeline_recorder.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

// An engine of one replica, whose iterations take 10 ns.
class Engine {
 public:
  explicit Engine(const TimelineOptions& options) : recorder(1, options) {}

  void iterate(std::int64_t start, std::int64_t prefill, std::int64_t decodes) {
    Batch batch;
    batch.start = TimePoint{start};
    batch.duration = Duration{10};
    batch.summary.prefill_tokens = prefill;
    batch.summary.decode_sequences = decodes;
    for (const SequenceIndex index : rows)
      batch.rows.push_back({index, sequences[index].epoch, 1, true});
    recorder.on_iteration_start({0, batch, sequences, used_blocks});
  }
  // One pass of 2 operations of 5 ns each, and one that takes no time.
  bool pass(std::int64_t start) {
    if (!recorder.wants_pass(0, TimePoint{start})) return false;
    PassResult result;
    result.makespan = Duration{10};
    result.timeline = {{0, 0, Duration{0}, Duration{5}},
                       {1, 0, Duration{5}, Duration{5}},
                       {0, 1, Duration{5}, Duration{10}}};
    OpGraph graph;
    graph.slots.resize(2);
    recorder.on_pass(0, TimePoint{start}, graph, result);
    return true;
  }

  TimelineRecorder recorder;
  SequencePool sequences;
  std::vector<SequenceIndex> rows;
  std::int64_t used_blocks = 0;
};

TEST_CASE("iterations are kept one by one while they fit", "[timeline]") {
  Engine engine({.max_events = 10});
  engine.used_blocks = 7;
  engine.iterate(0, 100, 0);
  engine.iterate(10, 0, 3);
  REQUIRE(engine.recorder.iterations()[0].size() == 2);
  const IterationEntry& first = engine.recorder.iterations()[0][0];
  CHECK(first.start == TimePoint{0});
  CHECK(first.end == TimePoint{10});
  CHECK(first.prefill_tokens == 100);
  CHECK(first.kv_blocks == 7);
  CHECK(engine.recorder.iterations_per_entry() == 1);
}

TEST_CASE("neighbours become one entry when there are more than fit", "[timeline]") {
  Engine engine({.max_events = 4});
  // Gaps of 10 ns between iterations of 10 ns.
  for (std::int64_t i = 0; i < 10; ++i) {
    engine.used_blocks = i;
    engine.iterate(20 * i, 0, i + 1);
  }
  // Five entries are one too many: pairs. Again at the ninth iteration: fours.
  CHECK(engine.recorder.iterations_per_entry() == 4);
  CHECK(engine.recorder.iterations_seen() == 10);
  const auto& entries = engine.recorder.iterations()[0];
  REQUIRE(entries.size() == 3);
  CHECK(entries[0].iterations == 4);
  CHECK(entries[0].end == TimePoint{70});  // the fourth starts at 60
  CHECK(entries[0].busy == Duration{40});
  CHECK(entries[0].decode_tokens == 1 + 2 + 3 + 4);
  CHECK(entries[0].kv_blocks == 3);  // the largest
  CHECK(entries[2].iterations == 2);
}

TEST_CASE("only what overlaps the window is kept and counted", "[timeline]") {
  Engine engine({.max_events = 10, .from = TimePoint{15}, .until = TimePoint{30}});
  for (std::int64_t start = 0; start < 60; start += 10) {
    engine.iterate(start, 0, 1);
    engine.pass(start);
  }
  // 10 to 20, 20 to 30.
  CHECK(engine.recorder.iterations_seen() == 2);
  CHECK(engine.recorder.passes_seen() == 2);
  REQUIRE(engine.recorder.passes().size() == 2);
  // Of the first pass the operation from 15 to 20; the one from 10 to 15 touches the window.
  CHECK(engine.recorder.passes()[0].start == TimePoint{10});
  CHECK(engine.recorder.passes()[0].number == 0);
}

TEST_CASE("operations are kept of every so manyth pass when there are more than fit",
          "[timeline]") {
  Engine engine({.max_events = 4});
  int asked = 0;
  for (std::int64_t i = 0; i < 8; ++i) asked += engine.pass(10 * i) ? 1 : 0;
  // Passes 0 1 2: six operations, so every other one: 0 2. Then 4: six again, so every fourth: 0 4.
  CHECK(engine.recorder.pass_stride() == 4);
  CHECK(engine.recorder.passes_seen() == 8);
  CHECK(engine.recorder.operations() == 4);
  REQUIRE(engine.recorder.passes().size() == 2);
  CHECK(engine.recorder.passes()[1].start == TimePoint{40});
  CHECK(asked == 4);
  engine.recorder.thin_operations(1);
  CHECK(engine.recorder.operations() == 1);
}

TEST_CASE("a sequence is preempted until it computes again", "[timeline]") {
  Engine engine({.max_events = 10});
  const SequenceIndex index = engine.sequences.create();
  engine.sequences[index].id = 42;
  engine.recorder.on_preempted(0, 42, TimePoint{5});
  engine.iterate(10, 0, 0);
  engine.rows = {index};
  engine.iterate(20, 8, 0);
  engine.iterate(30, 8, 0);
  engine.recorder.on_preempted(0, 42, TimePoint{40});
  REQUIRE(engine.recorder.preemptions().size() == 2);
  CHECK(engine.recorder.preemptions()[0].request == 42);
  CHECK(engine.recorder.preemptions()[0].end == TimePoint{20});
  CHECK(engine.recorder.preemptions()[1].end == TimePoint{-1});
}

}  // namespace
}  // namespace headroom
