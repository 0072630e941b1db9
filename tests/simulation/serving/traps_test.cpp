// Traps that other simulators fell into, as they show in a whole run; those of the KV cache alone
// are tested with it.
#include <catch2/catch.hpp>

#include "tests/support/compare_runs.hpp"
#include "tests/support/constant_time.hpp"
#include "tests/support/mock_kernel.hpp"
#include "tests/support/scripted_workload.hpp"
#include "tests/support/small_run.hpp"

namespace headroom::test {
namespace {

const ConstantTime kMicrosecond(Seconds{1e-6});

SmallRun engine() {
  SmallRun run;
  run.op_times = &kMicrosecond;
  run.serving.async_scheduling = false;
  run.serving.block_size = 4;
  run.serving.max_num_batched_tokens = 16;
  run.serving.enable_prefix_caching = false;
  return run;
}

std::int64_t gaps_of(const RunResult& result, std::int64_t ns) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < result.itl.bins().size(); ++i)
    if (LatencyHistogram::bin_start(i).value <= ns &&
        ns < (LatencyHistogram::bin_start(i) + LatencyHistogram::bin_width(i)).value)
      count += result.itl.bins()[i].count;
  return count;
}

TEST_CASE("no time passes without the kernel", "[simulation][serving]") {
  SmallRun what = engine();
  what.table.requests = {{.prompt_tokens = 5, .output_tokens = 3},
                         {.arrival = TimePoint{7}, .prompt_tokens = 5, .output_tokens = 3}};
  MockKernel kernel;
  TableWorkload workload(what.table);
  const RunResult result = run(what, workload, kernel);
  CHECK(kernel.runs == 1);
  CHECK(kernel.requests > 0);
  CHECK(result.makespan.value == 0);
  CHECK(result.replicas[0].iterations == 0);
  CHECK(result.replicas[0].kv_peak_blocks == 0);
  for (const auto& out : result.outcomes) CHECK(out.status == RequestStatus::kPending);
}

// Micro-scenario 7 as a run: B is preempted in step 6 after 5 tokens and goes on in step 9.
TEST_CASE("trap: a preemption neither repeats nor moves the first token", "[simulation][serving]") {
  SmallRun what = engine();
  what.kv_blocks = 6;
  what.table.requests = {{.prompt_tokens = 8, .output_tokens = 8},
                         {.prompt_tokens = 8, .output_tokens = 8}};
  RunOptions options;
  options.fast_forward = GENERATE(true, false);
  const RunResult result = run(what, options);
  const auto& b = result.outcomes[1];
  CHECK(b.preemptions == 1);
  CHECK(b.scheduled.value == 0);
  CHECK(b.first_token.value == 1000);
  CHECK(b.finish.value == 11000);
  CHECK(b.output_tokens == 8);
  // 7 gaps each; one of them spans the preemption, from step 5 to step 9.
  CHECK(gaps_of(result, 1000) == 13);
  CHECK(gaps_of(result, 4000) == 1);
}

TEST_CASE("trap: every event of a sequence is told once", "[simulation][serving]") {
  SmallRun what = engine();
  what.kv_blocks = 6;
  ScriptedWorkload workload([](const WorkloadEvent& event, Actions& actions) {
    if (event.kind != EventKind::kStart) return;
    for (int i = 0; i < 2; ++i) actions.submit({.prompt_tokens = 8, .output_tokens = 8});
  });
  run(what, workload);
  CHECK(workload.story() == "start first:0 first:1 finished:0 finished:1");
}

TEST_CASE("trap: the block count is that of usable blocks, to the last one",
          "[simulation][serving]") {
  SmallRun what = engine();
  what.table.requests = {
      {.prompt_tokens = 30, .output_tokens = 11}};  // 40 tokens of KV: 10 blocks of 4
  what.kv_blocks = 10;
  RunResult result = run(what);
  CHECK(result.outcomes[0].status == RequestStatus::kFinished);
  CHECK(result.replicas[0].kv_peak_blocks == 10);
  what.kv_blocks = 9;
  result = run(what);
  CHECK(result.outcomes[0].status == RequestStatus::kRejected);
  CHECK(result.outcomes[0].reason == RejectReason::kExceedsKvCapacity);
}

TEST_CASE("trap: a prefix hit is not capped at the chunk size", "[simulation][serving]") {
  SmallRun what = engine();
  what.serving.enable_prefix_caching = true;
  what.serving.max_num_batched_tokens = 8;
  what.table.hash_block_tokens = 4;
  for (std::uint64_t i = 0; i < 10; ++i) what.table.hash_ids.push_back(i + 1);
  what.table.requests = {
      {.prompt_tokens = 40, .output_tokens = 1, .hash_count = 10},
      {.arrival = TimePoint{100000}, .prompt_tokens = 40, .output_tokens = 1, .hash_count = 10}};
  const RunResult result = run(what);
  CHECK(result.outcomes[0].cached_tokens == 0);
  CHECK(result.outcomes[1].cached_tokens == 36);  // (39 / 4) blocks
  CHECK(result.replicas[0].iterations == 5 + 1);
  CHECK(result.replicas[0].prefix_hit_tokens == 36);
  CHECK(result.replicas[0].prefix_queried_tokens == 80);
}

// While a head waits, its lookup is repeated in every step, and once more after a preemption; it is
// counted when the request is first admitted.
TEST_CASE("trap: hits are counted once per request and not once per lookup",
          "[simulation][serving]") {
  SmallRun what = engine();
  what.serving.enable_prefix_caching = true;
  what.kv_blocks = 10;
  what.table.hash_block_tokens = 4;
  what.table.hash_ids = {1, 2};
  what.table.requests = {
      {.prompt_tokens = 8, .output_tokens = 30, .hash_count = 2},
      {.arrival = TimePoint{10500}, .prompt_tokens = 8, .output_tokens = 30, .hash_count = 2}};
  RunOptions options;
  options.fast_forward = GENERATE(true, false);
  const RunResult result = run(what, options);
  CHECK(result.outcomes[1].preemptions > 0);
  CHECK(result.replicas[0].prefix_queried_tokens == 8 + 8);
  CHECK(result.replicas[0].prefix_hit_tokens == 4);  // (8 - 1) / 4 blocks of the second prompt
}

// Latencies do not know how many blocks there are until the first preemption; one block fewer, and
// they do.
TEST_CASE("trap: capacity matters from the first block that is missing, not before",
          "[simulation][serving]") {
  SmallRun what = engine();
  what.serving.scheduler_reserve_full_isl = false;
  for (int i = 0; i < 8; ++i)
    what.table.requests.push_back(
        {.arrival = TimePoint{i * 700}, .prompt_tokens = 7 + i, .output_tokens = 20});
  what.kv_blocks = 1000;
  const RunResult plenty = run(what);
  what.kv_blocks = plenty.replicas[0].kv_peak_blocks;
  CHECK(difference(plenty, run(what)) == "");
  --what.kv_blocks;
  const RunResult scarce = run(what);
  CHECK(difference(plenty, scarce) != "");
  std::int64_t preemptions = 0;
  for (const auto& out : scarce.outcomes) preemptions += out.preemptions;
  CHECK(preemptions > 0);
}

TEST_CASE("a preempted request is ahead of those never admitted", "[simulation][serving]") {
  SmallRun what = engine();
  what.kv_blocks = 6;
  what.table.requests = {{.prompt_tokens = 8, .output_tokens = 8},
                         {.prompt_tokens = 8, .output_tokens = 8},
                         {.arrival = TimePoint{2500}, .prompt_tokens = 4, .output_tokens = 2}};
  const RunResult result = run(what);
  CHECK(result.outcomes[1].preemptions == 1);
  // When A is done at 8 us, B takes 13 tokens of the budget of 16 and the newcomer 3 of its 4.
  CHECK(result.outcomes[2].scheduled.value == 8000);
  CHECK(result.outcomes[2].first_token.value == 10000);
}

// Micro-scenario 10 without the gate: the newcomer is admitted, preempted and admitted again; it
// must still end.
TEST_CASE("thrashing ends", "[simulation][serving]") {
  SmallRun what = engine();
  what.serving.block_size = 16;
  what.serving.max_num_batched_tokens = 32;
  what.serving.scheduler_reserve_full_isl = false;
  what.serving.async_scheduling = GENERATE(false, true);
  what.kv_blocks = 10;
  what.table.requests = {{.prompt_tokens = 90, .output_tokens = 60},
                         {.arrival = TimePoint{3500}, .prompt_tokens = 100, .output_tokens = 5},
                         {.arrival = TimePoint{3600}, .prompt_tokens = 100, .output_tokens = 5}};
  RunOptions options;
  options.fast_forward = GENERATE(true, false);
  const RunResult result = run(what, options);
  for (const auto& out : result.outcomes) CHECK(out.status == RequestStatus::kFinished);
  CHECK(result.outcomes[1].preemptions >= 2);
  CHECK(result.outcomes[0].preemptions == 0);
}

TEST_CASE("closed loop: each client sends its next request when its last one ends",
          "[simulation][serving]") {
  SmallRun what = engine();
  what.table.max_concurrency = 2;
  for (int i = 0; i < 6; ++i)
    what.table.requests.push_back({.prompt_tokens = 3, .output_tokens = i % 2 == 0 ? 3 : 5});
  RunOptions options;
  options.fast_forward = GENERATE(true, false);
  const RunResult result = run(what, options);
  // 0 and 1 at 0; 0 ends at 3 and sends 2 (3..6); 1 ends at 5 and sends 3 (5..10); 2 sends 4
  // (6..9); 4 sends 5 (9..14).
  const std::vector<std::int64_t> arrivals{0, 0, 3000, 5000, 6000, 9000};
  for (std::size_t i = 0; i < 6; ++i) CHECK(result.outcomes[i].arrival.value == arrivals[i]);
  CHECK(result.makespan.value == 14000);
}

}  // namespace
}  // namespace headroom::test
