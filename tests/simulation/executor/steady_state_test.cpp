// Skipping layers that repeat gives what running them gives: to the nanosecond where everything is
// private, and where flows share but for the rounding of dates, which is at most 1 ns for each
// layer that is skipped.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>

#include "sim/graph/op_graph_dag.hpp"
#include "tests/simulation/executor/hybrid_graph.hpp"
#include "tests/simulation/executor/pass_in_child.hpp"
#include "tests/simulation/executor/random_op_graph.hpp"

namespace headroom::test {
namespace {

constexpr std::int64_t kLayers = 32;

bool same_dates(const PassResult& a, const PassResult& b) {
  return std::ranges::equal(a.timeline, b.timeline, [](const auto& x, const auto& y) {
    return x.slot == y.slot && x.layer == y.layer && x.start == y.start && x.end == y.end;
  });
}

std::int64_t largest_difference_ns(const PassResult& a, const PassResult& b) {
  std::int64_t largest = 0;
  for (std::size_t i = 0; i < a.timeline.size(); ++i)
    largest = std::max({largest, std::abs((a.timeline[i].start - b.timeline[i].start).value),
                        std::abs((a.timeline[i].end - b.timeline[i].end).value)});
  return largest;
}

PassResult private_pass(const OpGraph& graph, const OpGraphAmounts& amounts, bool extrapolate) {
  return Executor(graph, nullptr, {.extrapolate = extrapolate, .record_timeline = true})
      .run(amounts);
}

TEST_CASE("skipping layers of private passes changes nothing") {
  std::int64_t skipped = 0;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    INFO("seed " << seed);
    const RandomPass pass = random_pass(seed, Links::kOwn, kLayers);
    const PassResult full = private_pass(pass.graph, pass.amounts, false);
    const PassResult fast = private_pass(pass.graph, pass.amounts, true);
    REQUIRE(full.layers_skipped == 0);
    REQUIRE(fast.layers_run + fast.layers_skipped == kLayers);
    CHECK(fast.makespan == full.makespan);
    CHECK(fast.waits == full.waits);
    CHECK(fast.stream_busy == full.stream_busy);
    CHECK(fast.link_bytes == full.link_bytes);
    CHECK(same_dates(fast, full));
    skipped += fast.layers_skipped;
  }
  CHECK(skipped > 500 * kLayers / 2);
}

TEST_CASE("skipping layers of contended passes changes no more than rounding does") {
  int graphs = 0, contended = 0, equal = 0;
  std::int64_t skipped = 0, worst_ns = 0;
  for (std::uint64_t seed = 0; graphs < 200; ++seed) {
    const RandomPass pass = random_pass(seed, Links::kMixed, kLayers);
    if (!Executor::needs_kernel(pass.graph)) continue;
    INFO("seed " << seed);
    const PassResult full = pass_in_child(pass, {.extrapolate = false});
    const PassResult fast = pass_in_child(pass, {});
    REQUIRE(full.layers_skipped == 0);
    REQUIRE(fast.layers_run + fast.layers_skipped == kLayers);
    REQUIRE(fast.timeline.size() == full.timeline.size());
    const std::int64_t off = largest_difference_ns(full, fast);
    CHECK(off <= fast.layers_skipped);
    CHECK(fast.link_bytes == full.link_bytes);
    ++graphs;
    if (full.makespan > critical_path(unroll(pass.graph, pass.amounts)).length) ++contended;
    if (off == 0) ++equal;
    skipped += fast.layers_skipped;
    worst_ns = std::max(worst_ns, off);
  }
  WARN(equal << " of " << graphs << " graphs equal to the nanosecond, " << contended
             << " of them slowed by sharing; at most " << worst_ns << " ns apart; " << skipped
             << " of " << graphs * kLayers << " layers skipped");
  CHECK(contended >= 100);
  CHECK(equal >= 190);
  CHECK(skipped > 200 * kLayers / 3);
}

TEST_CASE("a hybrid pass of many equal layers takes a few of them to repeat") {
  for (const double scale : {0.5, 1.0, 5.0, 20.0, 40.0}) {
    INFO("scale " << scale);
    RandomPass pass{hybrid_graph({.dram = 120e9}), {}};
    pass.amounts = hybrid_amounts(pass.graph, 96, scale);
    REQUIRE(Executor::needs_kernel(pass.graph));
    const PassResult full = pass_in_child(pass, {.extrapolate = false});
    const PassResult fast = pass_in_child(pass, {});
    CHECK(fast.layers_run <= 6);
    CHECK(largest_difference_ns(full, fast) <= fast.layers_skipped);
    CHECK(fast.waits.size() == full.waits.size());
  }
}

TEST_CASE("streams that drift apart are skipped as well when nobody shares") {
  // Weights take 1,000 ns a layer and nothing holds them back; computing takes 1,500 ns. After the
  // first weights the GPU never waits: 1,000 + 1,500 * 10,000 ns. In 10,000 layers of computing in
  // 900 ns it waits for the last weights: 1,000 * 10,000 + 900 ns.
  OpGraph graph{.links = {{"pcie", BytesPerSecond(1e9)}},
                .streams = {"gpu", "h2d"},
                .causes = {"gpu", "pcie"},
                .slots = {{"weights", 1, 1, {}, {{0}}}, {"compute", 0, 0, {{0, 0}}, {}}}};
  OpGraphAmounts amounts;
  amounts.resize(graph, 2);
  amounts.bytes = {1000, 1000};
  amounts.private_time = {Duration(0), Duration(1500), Duration(0), Duration(900)};
  amounts.layers = {{0, 10'000}};
  const PassResult slow = private_pass(graph, amounts, true);
  CHECK(slow.makespan == Duration(15'001'000));
  CHECK(slow.waits[1] == Duration(1'000));
  CHECK(slow.layers_run <= 3);
  amounts.layers = {{1, 10'000}};
  const PassResult quick = private_pass(graph, amounts, true);
  CHECK(quick.makespan == Duration(10'000'900));
  CHECK(quick.waits[1] == Duration(10'000'000 - 900 * 9'999));
  CHECK(quick.layers_run <= 3);
  // 100 layers of 1,500 ns let the weights run 49.9 us ahead; layers of 900 ns use that up by 100
  // ns each, so they wait for weights again after 500 of them.
  amounts.layers = {{0, 100}, {1, 900}};
  const PassResult both = private_pass(graph, amounts, true);
  CHECK(both.makespan == Duration(1000 * 1000 + 900));
  CHECK(both.waits == private_pass(graph, amounts, false).waits);
  CHECK(both.layers_run <= 10);
}

}  // namespace
}  // namespace headroom::test
