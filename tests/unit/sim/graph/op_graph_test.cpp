#include "sim/graph/op_graph.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>

#include "sim/base/check.hpp"
#include "sim/graph/op_graph_dag.hpp"

namespace headroom {
namespace {

// Weights for layer i in its own slot, waiting for the buffer of layer i - 2; two parts in the
// second operation.
OpGraph small_graph() {
  return {.links = {{"pcie", BytesPerSecond(1e9)}, {"dram", BytesPerSecond(4e9)}},
          .streams = {"gpu", "h2d"},
          .causes = {"gpu", "pcie"},
          .slots = {{"weights", 1, 1, {{2, 2}}, {{0, 1}}},
                    {"mixed", 1, 1, {}, {{1}, {0}}},
                    {"compute", 0, 0, {{0, 0}}, {}}},
          .watched = 0};
}

TEST_CASE("parts are numbered through all slots") {
  const OpGraph graph = small_graph();
  CHECK(graph.part_count() == 3);
  CHECK(graph.first_part(0) == 0);
  CHECK(graph.first_part(1) == 1);
  CHECK(graph.first_part(2) == 3);
  CHECK(graph.longest_lag() == 2);
  CHECK(OpGraph{}.longest_lag() == 0);
}

TEST_CASE("amounts begin empty and keep nothing from before") {
  const OpGraph graph = small_graph();
  OpGraphAmounts amounts;
  amounts.resize(graph, 3);
  amounts.bytes[8] = 7;
  amounts.latency[8] = Duration(7);
  amounts.layers = {{0, 1}};
  amounts.resize(graph, 2);
  CHECK(amounts.layers.empty());
  CHECK(amounts.private_time.size() == 6);
  CHECK(amounts.latency.size() == 6);
  CHECK(amounts.bytes.size() == 6);
  CHECK(std::ranges::count(amounts.bytes, 0.0) == 6);
}

TEST_CASE("a graph that is sound is accepted and each flaw refused") {
  CHECK_NOTHROW(check_op_graph(small_graph()));
  const auto refused = [](const std::function<void(OpGraph&)>& spoil) {
    OpGraph graph = small_graph();
    spoil(graph);
    CHECK_THROWS_AS(check_op_graph(graph), InternalError);
  };
  refused([](OpGraph& g) { g.slots[0].stream = 2; });
  refused([](OpGraph& g) { g.slots[0].cause = 2; });
  refused([](OpGraph& g) { g.slots[0].after = {{3, 1}}; });
  refused([](OpGraph& g) { g.slots[0].after = {{0, 0}}; });
  refused([](OpGraph& g) { g.slots[0].after = {{2, 0}}; });
  refused([](OpGraph& g) { g.slots[0].parts = {{}}; });
  refused([](OpGraph& g) { g.slots[0].parts = {{0, 1, 0}}; });
  refused([](OpGraph& g) { g.slots[0].parts = {{2}}; });
  refused([](OpGraph& g) { g.links[0].bandwidth = BytesPerSecond(0); });
  refused([](OpGraph& g) { g.watched = 2; });
}

TEST_CASE("an operation alone takes its latency and the longest of what it does") {
  const OpGraph graph = small_graph();
  OpGraphAmounts amounts;
  amounts.resize(graph, 2);
  // Kind 1: 300 bytes over PCIe and DRAM at 1 byte/ns; 2000 over DRAM at 4 beside 400 over PCIe.
  amounts.bytes = {0, 0, 0, 300, 2000, 400};
  amounts.private_time[3] = Duration(200);
  amounts.latency[3] = Duration(10);
  CHECK(time_alone(graph, amounts, 0, 0) == Duration(0));
  CHECK(time_alone(graph, amounts, 1, 0) == Duration(310));
  CHECK(time_alone(graph, amounts, 1, 1) == Duration(500));
  CHECK(time_alone(graph, amounts, 1, 2) == Duration(0));
}

TEST_CASE("an unrolled graph has an edge for every dependency and every stream") {
  const OpGraph graph = small_graph();
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, 3}};
  amounts.private_time = {Duration(100), Duration(10), Duration(150)};
  const Dag dag = unroll(graph, amounts);
  REQUIRE(dag.durations.size() == 9);
  // 3 from weights to compute, 1 from the buffer of layer 0, 5 along h2d, 2 along the GPU.
  CHECK(dag.edges.size() == 11);
  const auto has = [&](DagNode from, DagNode to) {
    return std::ranges::any_of(dag.edges,
                               [&](const DagEdge& e) { return e.from == from && e.to == to; });
  };
  CHECK(has(2, 6));
  CHECK(has(3, 5));
  CHECK(has(1, 3));
  CHECK(has(5, 8));
  // Weights 100, then computing 3 * 150: the third weights leave at 250, with 360 in time.
  CHECK(critical_path(dag).length == Duration(550));
}

}  // namespace
}  // namespace headroom
