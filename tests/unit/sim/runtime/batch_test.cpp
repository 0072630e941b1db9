// From a plan to the work of an iteration: what is a decode, what samples, what was computed
// before.
#include "sim/runtime/batch.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

const std::vector<AttentionSpan> kSpans{{2, 0, 2}, {2, 4, 2}};  // full attention, and a window of 4

struct Scheduled {
  SequencePool pool;
  Batch batch;
  SequenceIndex add(std::int32_t prompt, std::int32_t known, std::int32_t computed,
                    std::int32_t high_water) {
    const SequenceIndex index = pool.create();
    Sequence& s = pool[index];
    s.prompt_tokens = prompt;
    s.known_tokens = known;
    s.computed_tokens = computed;
    s.high_water = high_water;
    s.max_output_tokens = 100;
    pool.wait_at_back(index);
    pool.run_front_of_waiting();
    return index;
  }
  void schedule(const std::vector<BatchSlot>& slots) {
    BatchPlan plan;
    plan.slots = slots;
    schedule_batch(plan, pool, kSpans, batch);
  }
};

TEST_CASE("a chunk of a prompt samples only if it is the last", "[runtime][batch]") {
  Scheduled s;
  const auto first = s.add(10, 10, 0, 0);
  const auto last = s.add(10, 10, 6, 6);
  s.schedule({{first, 6}, {last, 4}});
  CHECK(s.batch.rows[0].samples == false);
  CHECK(s.batch.rows[1].samples == true);
  CHECK(s.batch.summary.new_tokens == 10);
  CHECK(s.batch.summary.prefill_tokens == 10);
  CHECK(s.batch.summary.sampled_sequences == 1);
  CHECK_FALSE(s.batch.decode_only);
  CHECK(s.pool[first].computed_tokens == 6);
  CHECK(s.pool[last].placeholders == 1);
  // Pairs: 6 * 7 / 2 = 21, and 4 * 6 + 10 = 34. In a window of 4: 1 + 2 + 3 + 4 + 4 + 4 = 18, and 4
  // * 4.
  CHECK(s.batch.summary.prefill[0].pairs == 21 + 34);
  CHECK(s.batch.summary.prefill[1].pairs == 18 + 16);
  CHECK(s.batch.summary.prefill[0].kv_read_tokens == 6);
  CHECK(s.batch.summary.prefill[1].kv_read_tokens == 3);
}

TEST_CASE("a decode adds one pair more than it has seen", "[runtime][batch]") {
  Scheduled s;
  const auto decode = s.add(10, 13, 12, 12);
  s.schedule({{decode, 1}});
  CHECK(s.batch.decode_only);
  CHECK(s.batch.summary.decode_sequences == 1);
  CHECK(s.batch.summary.decode[0].pairs == 13);
  CHECK(s.batch.summary.decode[1].pairs == 4);
  CHECK(s.batch.first.tokens == 1);
  CHECK(s.batch.again.tokens == 0);
}

TEST_CASE("what was computed before a preemption is computed again, the rest for the first time",
          "[runtime][batch]") {
  Scheduled s;
  const auto resumed = s.add(8, 13, 0, 12);
  s.schedule({{resumed, 13}});
  CHECK(s.batch.again.tokens == 12);
  CHECK(s.batch.first.tokens == 1);
  CHECK(s.batch.again.prefill_pairs[0] == 78);  // 12 * 13 / 2
  CHECK(s.batch.first.prefill_pairs[0] == 13);
}

TEST_CASE("input of single tokens after a pause is no decode", "[runtime][batch]") {
  Scheduled s;
  // Paused with 5 of its tokens out and 14 computed, then given 2 more: 17 known, 3 to compute, one
  // at a time.
  const auto extended = s.add(12, 17, 14, 14);
  s.schedule({{extended, 1}});
  CHECK(s.batch.summary.decode_sequences == 0);
  CHECK_FALSE(s.batch.decode_only);
  CHECK_FALSE(s.batch.rows[0].samples);
}

TEST_CASE("later chunks read earlier ones again", "[runtime][batch]") {
  Scheduled s;
  const auto chunk = s.add(10, 10, 6, 6);
  const auto after_hit = s.add(10, 10, 8, 8);
  s.pool[after_hit].prefill_start = 8;
  s.schedule({{chunk, 4}, {after_hit, 2}});
  CHECK(s.batch.kv_reread[0] == 6);           // of its own first chunk
  CHECK(s.batch.first.prefill_read[0] == 8);  // of the cache: once is unavoidable
}

TEST_CASE("a slot with more tokens than there are is our bug", "[runtime][batch]") {
  Scheduled s;
  const auto decode = s.add(10, 13, 12, 12);
  CHECK_THROWS_AS(s.schedule({{decode, 2}}), InternalError);
  CHECK_THROWS_AS(s.schedule({{decode, 0}}), InternalError);
}

}  // namespace
}  // namespace headroom
