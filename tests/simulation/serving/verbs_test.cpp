// Fork, pause, extend and cancel, through workloads that react: synchronous and asynchronous
// engine, fast-forwarded and stepped. Every iteration takes one microsecond, so dates can be worked
// out by hand.
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/support/compare_runs.hpp"
#include "tests/support/constant_time.hpp"
#include "tests/support/scripted_workload.hpp"
#include "tests/support/small_run.hpp"

namespace headroom::test {
namespace {

const ConstantTime kMicrosecond(Seconds{1e-6});

SmallRun engine(bool async) {
  SmallRun run;
  run.op_times = &kMicrosecond;
  run.serving.async_scheduling = async;
  run.serving.block_size = 4;
  run.serving.max_num_batched_tokens = 64;
  run.serving.max_num_seqs = 16;
  run.serving.enable_prefix_caching = true;
  run.kv_blocks = 100;
  return run;
}

struct Told {
  RunResult result;
  std::string story;
  std::vector<WorkloadEvent> diary;
};

// Runs the script both ways; what the workload is told and what is recorded must be the same.
// `make_script` gives a script with fresh state for each run.
Told play(const SmallRun& what, const std::function<ScriptedWorkload::Script()>& make_script) {
  std::vector<Told> told;
  for (const bool fast : {true, false}) {
    ScriptedWorkload workload(make_script());
    RunOptions options;
    options.fast_forward = fast;
    options.check_invariants = true;
    RunResult result = run(what, workload, options);
    told.push_back({std::move(result), workload.story(), workload.diary});
  }
  REQUIRE(difference(told[0].result, told[1].result) == "");
  REQUIRE(told[0].story == told[1].story);
  for (std::size_t i = 0; i < told[0].diary.size(); ++i)
    REQUIRE(told[0].diary[i].now == told[1].diary[i].now);
  return std::move(told[0]);
}

SequenceRequest asks(std::int32_t prompt, std::int32_t output, std::int32_t pause = 0) {
  SequenceRequest request;
  request.prompt_tokens = prompt;
  request.output_tokens = output;
  request.pause_at_output = pause;
  return request;
}

TimePoint microseconds(std::int64_t n) { return TimePoint{n * 1000}; }

TEST_CASE("micro-scenario 13: output is cut where max_model_len ends", "[simulation][serving]") {
  for (const bool async : {false, true}) {
    SmallRun what = engine(async);
    what.max_model_len = 16;
    what.table.requests = {{.prompt_tokens = 14, .output_tokens = 10}};
    const RunResult result = run(what);
    CHECK(result.outcomes[0].output_tokens == 2);  // 14 + 2 = 16
    CHECK(result.outcomes[0].status == RequestStatus::kFinished);
    CHECK(result.replicas[0].iterations == 2);
    CHECK(result.replicas[0].kv_peak_blocks == 4);  // 15 tokens of KV
    CHECK(result.length_capped == 1);
  }
}

TEST_CASE("micro-scenario 15: no row is wasted on a stop by length", "[simulation][serving]") {
  SmallRun what = engine(true);
  what.table.requests = {{.prompt_tokens = 5, .output_tokens = 3}};
  const RunResult result = run(what);
  CHECK(result.replicas[0].iterations == 3);
  CHECK(result.outcomes[0].output_tokens == 3);
  CHECK(result.makespan.value == 3000);
}

// Synchronous: what arrives during step k runs in step k+1. Asynchronous: in step k+2, for k+1 is
// scheduled already.
TEST_CASE("an arrival during a step waits for one boundary or for two", "[simulation][serving]") {
  for (const bool async : {false, true})
    for (const bool fast : {false, true}) {
      SmallRun what = engine(async);
      what.table.requests = {{.prompt_tokens = 5, .output_tokens = 20},
                             {.arrival = TimePoint{4500}, .prompt_tokens = 5, .output_tokens = 2}};
      RunOptions options;
      options.fast_forward = fast;
      const RunResult result = run(what, options);
      CHECK(result.outcomes[1].queued == microseconds(5));
      CHECK(result.outcomes[1].scheduled == microseconds(async ? 6 : 5));
      CHECK(result.outcomes[1].first_token == microseconds(async ? 7 : 6));
    }
}

TEST_CASE("an arrival at the very end of a step is seen by the next plan",
          "[simulation][serving]") {
  for (const bool async : {false, true})
    for (const bool fast : {false, true}) {
      SmallRun what = engine(async);
      what.table.requests = {{.prompt_tokens = 5, .output_tokens = 20},
                             {.arrival = microseconds(5), .prompt_tokens = 5, .output_tokens = 2}};
      RunOptions options;
      options.fast_forward = fast;
      const RunResult result = run(what, options);
      CHECK(result.outcomes[1].queued == microseconds(5));
      CHECK(result.outcomes[1].scheduled == microseconds(async ? 6 : 5));
    }
}

TEST_CASE("a fork shares the full blocks its parent has in the cache", "[simulation][serving]") {
  for (const bool async : {false, true}) {
    const SmallRun what = engine(async);
    // Parent: 10 tokens of prompt. At its first token it is forked with all 11 tokens it knows, 2
    // full blocks of 4.
    const auto told = play(what, [] {
      return [](const WorkloadEvent& event, Actions& actions) {
        if (event.kind == EventKind::kStart) actions.submit(asks(10, 8));
        if (event.kind == EventKind::kFirstToken && event.sequence == 0)
          CHECK(actions.fork(0, 11, asks(3, 2)) == 1);
      };
    });
    const auto& child = told.result.outcomes[1];
    CHECK(child.parent_id == 0);
    CHECK(child.prompt_tokens == 14);
    CHECK(child.cached_tokens == 8);
    CHECK(child.output_tokens == 2);
    // Parent: 10 + 8 - 1 = 17 tokens in 5 blocks. Child: 15 tokens in 4, of which 2 are the
    // parent's.
    CHECK(told.result.replicas[0].kv_peak_blocks <= 5 + 2);
    CHECK(told.story == "start first:0 first:1 finished:1 finished:0");
  }
}

TEST_CASE("forks of a prompt with a shared prefix read no identities beyond it",
          "[simulation][serving]") {
  SmallRun what = engine(true);
  what.table.hash_block_tokens = 4;
  what.table.hash_ids = {1, 2, 3};
  const auto told = play(what, [] {
    return [](const WorkloadEvent& event, Actions& actions) {
      if (event.kind == EventKind::kStart) {
        SequenceRequest request = asks(10, 20);
        request.hash_count = 3;
        actions.submit(request);
      }
      if (event.kind != EventKind::kFirstToken || event.sequence != 0) return;
      for (int i = 0; i < 3; ++i) actions.fork(0, 9, asks(30, 10));
    };
  });
  for (std::size_t i = 1; i <= 3; ++i) CHECK(told.result.outcomes[i].cached_tokens == 8);
}

TEST_CASE("a paused sequence keeps its KV and goes on with more input", "[simulation][serving]") {
  for (const bool async : {false, true}) {
    const SmallRun what = engine(async);
    const auto told = play(what, [] {
      return [](const WorkloadEvent& event, Actions& actions) {
        if (event.kind == EventKind::kStart) actions.submit(asks(8, 20, 5));
        if (event.kind == EventKind::kPaused) actions.wake_at(TimePoint{event.now.value + 7000}, 1);
        if (event.kind == EventKind::kTimer) actions.extend(0, 6, 4);
      };
    });
    CHECK(told.story == "start first:0 paused:0 timer finished:0");
    const auto& out = told.result.outcomes[0];
    // 5 tokens at 1..5 us; paused for 7 us. Then 14 + 5 = 19 tokens are known, 12 are computed: one
    // chunk of 7 and 3 more.
    CHECK(told.diary[2].now == microseconds(5));
    CHECK(out.finish == microseconds(5 + 7 + 4));
    CHECK(out.output_tokens == 9);
    CHECK(out.first_token == microseconds(1));
    CHECK(out.cached_tokens == 0);
    CHECK(told.result.replicas[0].iterations == 9);
    CHECK(told.result.replicas[0].prefix_queried_tokens ==
          8);  // admitted once: it never lost its blocks
    CHECK(told.result.replicas[0].account.idle_ns[0] == 7000);
  }
}

TEST_CASE("under pressure paused sequences lose their KV first and compute it again",
          "[simulation][serving]") {
  for (const bool async : {false, true}) {
    SmallRun what = engine(async);
    what.serving.enable_prefix_caching = false;
    what.kv_blocks = 10;
    const auto told = play(what, [] {
      return [](const WorkloadEvent& event, Actions& actions) {
        if (event.kind == EventKind::kStart) {
          actions.submit(asks(15, 10, 2));  // 4 blocks, then paused
          actions.submit(asks(8, 24));      // grows to 31 tokens: 8 blocks
        }
        if (event.kind == EventKind::kFinished && event.sequence == 1) actions.extend(0, 1, 3);
      };
    });
    CHECK(told.result.outcomes[0].preemptions ==
          0);  // it gave up what it held, it was not preempted
    CHECK(told.result.outcomes[1].preemptions == 0);
    CHECK(told.result.outcomes[0].output_tokens == 2 + 3);
    // All 18 known tokens at once, then 2 more.
    CHECK(elapsed(told.result.outcomes[1].finish, told.result.outcomes[0].finish).value == 3000);
    CHECK(told.result.outcomes[0].first_token == microseconds(1));
  }
}

TEST_CASE("a run that ends with everybody paused is a deadlock that names them",
          "[simulation][serving]") {
  const SmallRun what = engine(true);
  ScriptedWorkload workload([](const WorkloadEvent& event, Actions& actions) {
    if (event.kind != EventKind::kStart) return;
    actions.submit(asks(8, 20, 5));
    actions.submit(asks(8, 20));
    actions.submit(asks(8, 20, 3));
  });
  REQUIRE_THROWS_WITH(run(what, workload),
                      Catch::Contains("deadlock") && Catch::EndsWith(": 2, 0"));
}

// Waiting: never scheduled. Running: rows in flight. Paused: holding blocks. Not yet routed: of
// this very instant. In each state it ends at once, says so once, and never produces another token;
// check_invariants watches the blocks.
TEST_CASE("cancel works in every state and gives all blocks back", "[simulation][serving]") {
  for (const bool async : {false, true}) {
    SmallRun what = engine(async);
    what.serving.max_num_seqs = 2;
    const auto told = play(what, [] {
      return [](const WorkloadEvent& event, Actions& actions) {
        if (event.kind == EventKind::kStart) {
          actions.submit(asks(8, 30));     // 0: cancelled while running
          actions.submit(asks(8, 30, 4));  // 1: cancelled while paused
          actions.submit(asks(8, 30));     // 2: cancelled while waiting
          actions.submit(asks(8, 3));      // 3: goes on
          const SequenceId unrouted = actions.submit(asks(8, 3));
          CHECK(actions.cancel(unrouted));
          CHECK_FALSE(actions.cancel(unrouted));
          actions.wake_at(TimePoint{2500}, 2);
          actions.wake_at(TimePoint{20500}, 1);
          actions.wake_at(TimePoint{25500}, 0);
        }
        if (event.kind == EventKind::kTimer) {
          CHECK(actions.cancel(static_cast<SequenceId>(event.token)));
          CHECK_FALSE(actions.cancel(static_cast<SequenceId>(event.token)));
        }
      };
    });
    const auto& outcomes = told.result.outcomes;
    for (const std::size_t cancelled : {0U, 1U, 2U, 4U})
      CHECK(outcomes[cancelled].status == RequestStatus::kCancelled);
    CHECK(outcomes[3].status == RequestStatus::kFinished);
    CHECK(outcomes[0].output_tokens == 25);  // one at 1 us, 2 us, ... 25 us: the 26th was under way
    CHECK(outcomes[0].finish == TimePoint{25500});
    CHECK(outcomes[1].output_tokens == 4);
    CHECK(outcomes[2].scheduled.value == -1);
    CHECK(outcomes[2].output_tokens == 0);
    CHECK(outcomes[4].replica == -1);
    for (std::size_t i = 0; i < told.diary.size(); ++i)
      for (std::size_t j = i + 1; j < told.diary.size(); ++j)
        if (told.diary[i].kind == EventKind::kCancelled && told.diary[i].sequence != kNoParent)
          CHECK(told.diary[j].sequence != told.diary[i].sequence);
  }
}

TEST_CASE("a cancel inside a decode stretch counts the tokens that left until then",
          "[simulation][serving]") {
  for (const bool async : {false, true}) {
    SmallRun what = engine(async);
    what.kv_blocks = 1000;
    const auto told = play(what, [] {
      return [](const WorkloadEvent& event, Actions& actions) {
        if (event.kind == EventKind::kStart) {
          actions.submit(asks(8, 1000));
          actions.submit(asks(8, 1000));
          actions.wake_at(TimePoint{300500}, 0);
          actions.wake_at(microseconds(500), 1);  // at a boundary: its token has left
        }
        if (event.kind == EventKind::kTimer) actions.cancel(static_cast<SequenceId>(event.token));
      };
    });
    CHECK(told.result.outcomes[0].output_tokens == 300);
    CHECK(told.result.outcomes[1].output_tokens == 500);
    CHECK(told.result.fast_forwarded_iterations > 400);
    // A step that was scheduled when the last one is cancelled still runs.
    CHECK(told.result.makespan.value == (async ? 501000 : 500000));
  }
}

TEST_CASE("a fork inside a decode stretch may share what the parent knows by then",
          "[simulation][serving]") {
  for (const bool async : {false, true}) {
    const SmallRun what = engine(async);
    const auto told = play(what, [] {
      return [](const WorkloadEvent& event, Actions& actions) {
        if (event.kind == EventKind::kStart) {
          actions.submit(asks(8, 200));
          actions.wake_at(microseconds(100), 0);
        }
        if (event.kind == EventKind::kTimer) actions.fork(0, 8 + 100, asks(1, 5));
      };
    });
    // Of 108 shared tokens those with KV in full blocks: 107 are computed by then, 104 are in full
    // blocks.
    CHECK(told.result.outcomes[1].cached_tokens >= 104);
  }
}

TEST_CASE("answers may be given from within answers", "[simulation][serving]") {
  for (const bool async : {false, true}) {
    const SmallRun what = engine(async);
    // Best of three: the first to finish has its siblings cancelled, and the next task begins.
    const auto told = play(what, [] {
      return [tasks = 0](const WorkloadEvent& event, Actions& actions) mutable {
        if (event.kind == EventKind::kStart) actions.submit(asks(8, 12));
        if (event.kind == EventKind::kFirstToken && event.sequence == 0)
          for (int i = 0; i < 2; ++i) actions.fork(0, 8, asks(1, 6 + 2 * i));
        if (event.kind == EventKind::kFinished && event.sequence == 1) {
          CHECK(actions.cancel(0));
          CHECK(actions.cancel(2));
          CHECK_FALSE(actions.cancel(1));
        }
        if (event.kind == EventKind::kCancelled && ++tasks == 2) actions.submit(asks(4, 2));
      };
    });
    CHECK(told.story ==
          "start first:0 first:1 first:2 finished:1 cancelled:0 cancelled:2 first:3 finished:3");
    CHECK(told.result.outcomes[3].status == RequestStatus::kFinished);
    CHECK(told.result.outcomes[3].arrival == told.result.outcomes[1].finish);
  }
}

TEST_CASE("a cancel of a sequence on another replica does not depend on whose step ends first",
          "[simulation][serving]") {
  for (const bool async : {false, true})
    for (const SequenceId winner : {0, 1}) {
      SmallRun what = engine(async);
      what.replicas = 2;
      what.serving.router = "round_robin";
      const auto told = play(what, [winner] {
        return [winner](const WorkloadEvent& event, Actions& actions) {
          if (event.kind == EventKind::kStart)
            for (const SequenceId id : {0, 1}) actions.submit(asks(8, id == winner ? 50 : 100));
          if (event.kind == EventKind::kFinished) actions.cancel(1 - winner);
        };
      });
      // Both replicas end their 50th step in one instant: the loser's token of that step has left,
      // too.
      CHECK(told.result.outcomes[static_cast<std::size_t>(1 - winner)].output_tokens == 50);
    }
}

TEST_CASE("impossible requests are rejected once with a reason and their submitter is told",
          "[simulation][serving]") {
  SmallRun what = engine(true);
  what.kv_blocks = 5;
  what.max_model_len = 40;
  const auto told = play(what, [] {
    return [](const WorkloadEvent& event, Actions& actions) {
      if (event.kind == EventKind::kStart) {
        actions.submit(asks(40, 1));  // leaves no room
        actions.submit(asks(18, 5));  // 22 tokens of KV, 20 fit
      }
      if (event.kind == EventKind::kRejected && event.sequence == 1) actions.submit(asks(18, 3));
    };
  });
  CHECK(told.story == "start rejected:0 rejected:1 first:2 finished:2");
  CHECK(told.result.outcomes[0].reason == RejectReason::kExceedsMaxModelLen);
  CHECK(told.result.outcomes[1].reason == RejectReason::kExceedsKvCapacity);
}

}  // namespace
}  // namespace headroom::test
