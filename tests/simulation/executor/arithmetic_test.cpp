// What is private may be arithmetic: SimGrid, asked to carry every byte of the same graphs, says
// the same.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "sim/graph/op_graph_dag.hpp"
#include "tests/simulation/executor/pass_in_child.hpp"
#include "tests/simulation/executor/random_op_graph.hpp"

namespace headroom::test {
namespace {

// By node: operations on the longest chain that ends with it. Edges point forward.
std::vector<std::int64_t> depths(const Dag& dag) {
  std::vector<std::int64_t> depth(dag.durations.size(), 1);
  for (const auto& [from, to] : dag.edges) depth[to] = std::max(depth[to], depth[from] + 1);
  return depth;
}

TEST_CASE("passes of private links take the same time through SimGrid") {
  constexpr std::uint64_t kGraphs = 500;
  std::int64_t worst_ns = 0;
  std::size_t completions = 0;
  for (std::uint64_t seed = 0; seed < kGraphs; ++seed) {
    INFO("seed " << seed);
    const RandomPass pass = random_pass(seed, Links::kOwn, 8);
    REQUIRE_FALSE(Executor::needs_kernel(pass.graph));
    Executor executor(pass.graph, nullptr, {.extrapolate = false, .record_timeline = true});
    const PassResult& arithmetic = executor.run(pass.amounts);
    const PassResult flows =
        pass_in_child(pass, {.force_shared = true, .extrapolate = seed % 2 == 0});
    const auto depth = depths(unroll(pass.graph, pass.amounts));
    REQUIRE(flows.timeline.size() == depth.size());
    REQUIRE(arithmetic.timeline.size() == depth.size());
    for (std::size_t i = 0; i < depth.size(); ++i) {
      const std::int64_t off = std::abs((flows.timeline[i].end - arithmetic.timeline[i].end).value);
      if (off > depth[i]) FAIL("operation " << i << " is " << off << " ns off");
      worst_ns = std::max(worst_ns, off);
      ++completions;
    }
    CHECK(flows.link_bytes == arithmetic.link_bytes);
  }
  WARN(completions << " completions of " << kGraphs << " graphs: at most " << worst_ns
                   << " ns apart");
  CHECK(completions > 10'000);
}

}  // namespace
}  // namespace headroom::test
