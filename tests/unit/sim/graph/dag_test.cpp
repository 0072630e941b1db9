#include "sim/graph/dag.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

using Nodes = std::vector<DagNode>;

Dag make_dag(const std::vector<std::int64_t>& durations_ns, std::vector<DagEdge> edges) {
  Dag dag;
  for (const std::int64_t ns : durations_ns) dag.durations.emplace_back(ns);
  dag.edges = std::move(edges);
  return dag;
}

bool respects_edges(const Dag& dag, const Nodes& order) {
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  return std::ranges::all_of(dag.edges,
                             [&](const DagEdge& e) { return place[e.from] < place[e.to]; });
}

TEST_CASE("an empty graph is ordered and takes no time") {
  CHECK(topological_order({}).is_acyclic());
  CHECK(topological_order({}).order.empty());
  CHECK(critical_path({}).length == Duration(0));
  CHECK(critical_path({}).nodes.empty());
}

TEST_CASE("the critical path of a diamond goes by the longer side") {
  // 0 -> 1 -> 3 and 0 -> 2 -> 3 with 5, 7, 9, 2 ns: 5 + 9 + 2 = 16 by node 2, 14 by node 1.
  const Dag dag = make_dag({5, 7, 9, 2}, {{0, 1}, {0, 2}, {1, 3}, {2, 3}});
  const CriticalPath path = critical_path(dag);
  CHECK(path.length == Duration(16));
  CHECK(path.nodes == Nodes{0, 2, 3});
}

TEST_CASE("the critical path may be a node without edges") {
  const CriticalPath path = critical_path(make_dag({5, 7, 100}, {{0, 1}}));
  CHECK(path.length == Duration(100));
  CHECK(path.nodes == Nodes{2});
}

TEST_CASE("equal paths are decided for the lowest numbers") {
  // 0 -> 2, 0 -> 1, both 3 + 4; the edges come in the other order.
  CHECK(critical_path(make_dag({3, 4, 4}, {{0, 2}, {0, 1}})).nodes == Nodes{0, 1});
  CHECK(critical_path(make_dag({3, 3}, {})).nodes == Nodes{0});
}

TEST_CASE("an edge given twice changes nothing") {
  CHECK(critical_path(make_dag({1, 2}, {{0, 1}, {0, 1}})).length == Duration(3));
}

TEST_CASE("a topological order puts every edge forward") {
  const Dag dag = make_dag({1, 1, 1, 1, 1}, {{4, 0}, {3, 1}, {1, 0}, {2, 4}, {3, 2}});
  const TopologicalOrder sorted = topological_order(dag);
  REQUIRE(sorted.is_acyclic());
  REQUIRE(sorted.order.size() == 5);
  CHECK(respects_edges(dag, sorted.order));
}

TEST_CASE("a cycle is named in its direction") {
  // 1 -> 2 -> 3 -> 1, entered from 0.
  const TopologicalOrder sorted =
      topological_order(make_dag({1, 1, 1, 1}, {{0, 1}, {1, 2}, {2, 3}, {3, 1}}));
  CHECK_FALSE(sorted.is_acyclic());
  CHECK(sorted.order.empty());
  CHECK(sorted.cycle == Nodes{1, 2, 3});
}

TEST_CASE("a node that precedes itself is a cycle of one") {
  CHECK(topological_order(make_dag({1, 1}, {{1, 1}})).cycle == Nodes{1});
}

TEST_CASE("a critical path refuses what it cannot add up") {
  CHECK_THROWS_WITH(critical_path(make_dag({1, 1}, {{0, 1}, {1, 0}})),
                    Catch::Contains("0 -> 1 -> 0"));
  CHECK_THROWS_AS(critical_path(make_dag({1, -1}, {{0, 1}})), InternalError);
  CHECK_THROWS_AS(critical_path(make_dag({1, std::numeric_limits<std::int64_t>::max()}, {{0, 1}})),
                  InternalError);
  CHECK_THROWS_AS(topological_order(make_dag({1}, {{0, 1}})), InternalError);
}

TEST_CASE("a chain of a million nodes needs no deep recursion") {
  Dag dag;
  dag.durations.assign(1'000'000, Duration(2));
  for (DagNode n = 1; n < 1'000'000; ++n) dag.edges.push_back({n - 1, n});
  const CriticalPath path = critical_path(dag);
  CHECK(path.length == Duration(2'000'000));
  CHECK(path.nodes.size() == 1'000'000);
}

TEST_CASE("random graphs have the longest path that trying all of them finds") {
  RandomStream random(1, "dags");
  for (int round = 0; round < 200; ++round) {
    // Edges go from lower to higher numbers, so numbers are an order: longest[n] needs lower ones
    // only.
    Dag dag;
    const auto count = static_cast<DagNode>(random.uniform_int(1, 12));
    std::vector<Duration> longest;
    for (DagNode n = 0; n < count; ++n) {
      dag.durations.emplace_back(random.uniform_int(0, 5));
      Duration before(0);
      for (DagNode m = 0; m < n; ++m)
        if (random.uniform() < 0.3) {
          dag.edges.push_back({m, n});
          before = std::max(before, longest[m]);
        }
      longest.push_back(before + dag.durations.back());
    }
    const CriticalPath path = critical_path(dag);
    REQUIRE(path.length == *std::ranges::max_element(longest));
    Duration sum(0);
    for (const DagNode n : path.nodes) sum += dag.durations[n];
    REQUIRE(sum == path.length);
    REQUIRE(respects_edges(dag, topological_order(dag).order));
  }
}

}  // namespace
}  // namespace headroom
