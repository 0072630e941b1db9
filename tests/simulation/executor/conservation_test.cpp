// What holds for every pass: bytes arrive once, no link beats its bandwidth, nobody beats the
// critical path, and everybody starts when the last he waits for has ended.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <vector>

#include "sim/graph/op_graph_dag.hpp"
#include "tests/simulation/executor/pass_in_child.hpp"
#include "tests/simulation/executor/random_op_graph.hpp"

namespace headroom::test {
namespace {

constexpr std::int64_t kLayers = 16;

std::vector<double> bytes_by_hand(const RandomPass& pass) {
  std::vector<double> bytes(pass.graph.links.size(), 0.0);
  for (const auto& [kind, count] : pass.amounts.layers)
    for (SlotIndex s = 0; s < pass.graph.slots.size(); ++s) {
      std::size_t part = kind * pass.graph.part_count() + pass.graph.first_part(s);
      for (const auto& route : pass.graph.slots[s].parts) {
        for (const auto link : route)
          bytes[link] += pass.amounts.bytes[part] * static_cast<double>(count);
        ++part;
      }
    }
  return bytes;
}

// Every edge of the unrolled graph is obeyed, and nobody starts later than the last of them.
void check_order(const PassResult& result, const Dag& dag) {
  std::vector<Duration> ready(dag.durations.size(), Duration(0));
  for (const auto& [from, to] : dag.edges)
    ready[to] = std::max(ready[to], result.timeline[from].end);
  for (std::size_t i = 0; i < ready.size(); ++i)
    if (result.timeline[i].start != ready[i])
      FAIL("operation " << i << " starts at " << result.timeline[i].start.value << ", not at "
                        << ready[i].value);
}

void check_pass(const RandomPass& pass, const PassResult& result) {
  const std::vector<double> bytes = bytes_by_hand(pass);
  const auto operations = static_cast<double>(result.timeline.size());
  for (std::size_t link = 0; link < bytes.size(); ++link) {
    CHECK(result.link_bytes[link] == Approx(bytes[link]).epsilon(1e-12));
    // Each end may be rounded down by half a nanosecond.
    const double busy_ns = bytes[link] / pass.graph.links[link].bandwidth.value * 1e9;
    CHECK(busy_ns <= static_cast<double>(result.makespan.value) + 0.5 * operations);
  }
  const Dag dag = unroll(pass.graph, pass.amounts);
  const CriticalPath path = critical_path(dag);
  // A flow that shared ends at SimGrid's date, rounded; one that did not at its time alone,
  // rounded.
  CHECK(result.makespan.value >= path.length.value - static_cast<std::int64_t>(path.nodes.size()));
  if (!Executor::needs_kernel(pass.graph)) CHECK(result.makespan == path.length);
  check_order(result, dag);
  const Duration waits = std::accumulate(result.waits.begin(), result.waits.end(), Duration(0));
  CHECK(waits + result.stream_busy[pass.graph.watched] == result.makespan);
}

TEST_CASE("contended passes conserve bytes and respect every bound") {
  int shared = 0;
  for (std::uint64_t seed = 1000; seed < 1200; ++seed) {
    INFO("seed " << seed);
    const RandomPass pass = random_pass(seed, Links::kMixed, kLayers);
    if (Executor::needs_kernel(pass.graph)) ++shared;
    check_pass(pass, pass_in_child(pass, {}));
  }
  CHECK(shared >= 80);
}

TEST_CASE("a private pass is as long as its critical path") {
  for (std::uint64_t seed = 2000; seed < 2500; ++seed) {
    INFO("seed " << seed);
    const RandomPass pass = random_pass(seed, Links::kOwn, kLayers);
    Executor executor(pass.graph, nullptr, {.record_timeline = true});
    check_pass(pass, executor.run(pass.amounts));
  }
}

// Leaving out links that cannot be full changes nothing: with all flows and all links the same
// graphs take the same time, but for the rounding of dates that differ.
TEST_CASE("contended passes take as long when every link is in the kernel") {
  int equal = 0;
  for (std::uint64_t seed = 3000; seed < 3100; ++seed) {
    INFO("seed " << seed);
    const RandomPass pass = random_pass(seed, Links::kMixed, kLayers);
    const PassResult some = pass_in_child(pass, {.extrapolate = false});
    const PassResult all = pass_in_child(pass, {.force_shared = true, .extrapolate = false});
    std::int64_t worst_ns = 0;
    for (std::size_t i = 0; i < some.timeline.size(); ++i)
      worst_ns = std::max(worst_ns, std::abs((some.timeline[i].end - all.timeline[i].end).value));
    CHECK(worst_ns <= static_cast<std::int64_t>(some.timeline.size()));
    if (worst_ns == 0) ++equal;
  }
  CHECK(equal >= 90);
}

}  // namespace
}  // namespace headroom::test
