// Passes small enough to be worked out by hand. Bandwidths are in bytes per nanosecond.
#include "sim/engine/executor.hpp"

#include <catch2/catch.hpp>
#include <utility>
#include <vector>

#include "sim/base/check.hpp"

namespace headroom::test {
namespace {

using Durations = std::vector<Duration>;

BytesPerSecond per_ns(double bytes) { return BytesPerSecond(bytes * 1e9); }
Durations ns(std::initializer_list<std::int64_t> values) {
  Durations durations;
  for (const std::int64_t value : values) durations.emplace_back(value);
  return durations;
}

enum Stream : StreamIndex { kGpu, kH2d, kCpu };

OpGraph graph_of(std::vector<GraphLink> links, std::vector<OpSlot> slots) {
  return {.links = std::move(links),
          .streams = {"gpu", "h2d", "cpu"},
          .causes = {"gpu", "pcie", "cpu"},
          .slots = std::move(slots),
          .watched = kGpu};
}

// Weights over PCIe at 1 byte/ns into one of `buffers` buffers, and layers that compute with them.
OpGraph streaming_graph(std::uint32_t buffers) {
  return graph_of({{"pcie", per_ns(1)}}, {{"weights", kH2d, kH2d, {{1, buffers}}, {{0}}},
                                          {"compute", kGpu, kGpu, {{0, 0}}, {}}});
}

OpGraphAmounts streaming_amounts(const OpGraph& graph, std::int64_t compute_ns) {
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, 4}};
  amounts.bytes = {1000};
  amounts.private_time[1] = Duration(compute_ns);
  return amounts;
}

TEST_CASE("weights that travel during the layer before hide the shorter of the two") {
  const OpGraph graph = streaming_graph(2);
  REQUIRE_FALSE(Executor::needs_kernel(graph));
  Executor executor(graph, nullptr, {.record_timeline = true});
  SECTION("PCIe is the bottleneck") {
    // Weights end at 1000, 2000, 3000, 4000; computing 600 follows each. The GPU waits 1000 first
    // and then 3 times 400.
    const PassResult& result = executor.run(streaming_amounts(graph, 600));
    CHECK(result.makespan == Duration(4600));
    CHECK(result.stream_busy == ns({2400, 4000, 0}));
    CHECK(result.waits == ns({0, 2200, 0}));
    CHECK(result.link_bytes == std::vector<double>{4000});
    CHECK(result.timeline[7].start == Duration(4000));
    CHECK(result.timeline[7].end == Duration(4600));
  }
  SECTION("the GPU is the bottleneck") {
    // Computing from 1000 to 2500, 4000, 5500, 7000; the weights of layer 2 wait until layer 0 has
    // left its buffer at 2500.
    const PassResult& result = executor.run(streaming_amounts(graph, 1500));
    CHECK(result.makespan == Duration(7000));
    CHECK(result.waits == ns({0, 1000, 0}));
    CHECK(result.timeline[4].start == Duration(2500));
    CHECK(result.timeline[4].end == Duration(3500));
    CHECK(result.timeline[6].start == Duration(4000));
  }
  SECTION("a pass does not depend on those before") {
    const PassResult first = executor.run(streaming_amounts(graph, 600));
    executor.run(streaming_amounts(graph, 1500));
    const PassResult& again = executor.run(streaming_amounts(graph, 600));
    CHECK(again.makespan == first.makespan);
    CHECK(again.waits == first.waits);
    CHECK(again.timeline.size() == first.timeline.size());
  }
}

TEST_CASE("with a single buffer weights and computing take turns") {
  // 4 * (1000 + 600).
  const OpGraph graph = streaming_graph(1);
  Executor executor(graph, nullptr);
  const PassResult& result = executor.run(streaming_amounts(graph, 600));
  CHECK(result.makespan == Duration(6400));
  CHECK(result.waits == ns({0, 4000, 0}));
}

TEST_CASE("an operation takes its latency and then the longest of its parts") {
  // 50 + max(200, 300 / 2, 700 / min(4, 2)) = 50 + 350.
  const OpGraph graph = graph_of({{"a", per_ns(2)}, {"b", per_ns(4)}, {"c", per_ns(2)}},
                                 {{"load", kGpu, kGpu, {}, {{0}, {1, 2}}}});
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, 2}};
  amounts.private_time = ns({200});
  amounts.latency = ns({50});
  amounts.bytes = {300, 700};
  Executor executor(graph, nullptr);
  CHECK(executor.run(amounts).makespan == Duration(800));
  CHECK(executor.run(amounts).stream_busy == ns({800, 0, 0}));
  CHECK(executor.run(amounts).waits == ns({0, 0, 0}));
  const auto kernel = make_simgrid_kernel(platform_of(graph));
  Executor flows(graph, kernel.get(), {.force_shared = true});
  CHECK(flows.run(amounts).makespan == Duration(800));
}

TEST_CASE("a pass without layers takes no time") {
  const OpGraph graph = streaming_graph(2);
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  const auto kernel = make_simgrid_kernel(platform_of(graph));
  for (const bool shared : {false, true}) {
    Executor executor(graph, kernel.get(), {.force_shared = shared});
    const PassResult& result = executor.run(amounts);
    CHECK(result.makespan == Duration(0));
    CHECK(result.waits == ns({0, 0, 0}));
    CHECK(result.layers_run == 0);
  }
}

TEST_CASE("layers of several kinds run in their order") {
  // Two layers of 600 and one of 100, twice; PCIe idle: 2 * 1300.
  const OpGraph graph = streaming_graph(2);
  OpGraphAmounts amounts;
  amounts.resize(graph, 2);
  amounts.layers = {{0, 2}, {1, 1}, {0, 0}, {0, 2}, {1, 1}};
  amounts.private_time[1] = Duration(600);
  amounts.private_time[3] = Duration(100);
  Executor executor(graph, nullptr, {.record_timeline = true});
  const PassResult& result = executor.run(amounts);
  CHECK(result.makespan == Duration(2600));
  CHECK(result.timeline[5].end - result.timeline[5].start == Duration(100));
  CHECK(result.timeline[7].end - result.timeline[7].start == Duration(600));
}

// Weights and CPU attention side by side, each at most 10 bytes/ns, over DRAM of 12: 6 each.
OpGraph dram_graph() {
  return graph_of({{"pcie", per_ns(10)}, {"cpu", per_ns(10)}, {"dram", per_ns(12)}},
                  {{"weights", kH2d, kH2d, {}, {{0, 2}}},
                   {"attention", kCpu, kCpu, {}, {{1, 2}}},
                   {"compute", kGpu, kGpu, {{0, 0}, {1, 0}}, {}}});
}

TEST_CASE("weights and CPU attention share DRAM") {
  const OpGraph graph = dram_graph();
  REQUIRE(Executor::needs_kernel(graph));
  CHECK_THROWS_AS(Executor(graph, nullptr), InternalError);
  const auto kernel = make_simgrid_kernel(platform_of(graph));
  Executor executor(graph, kernel.get(), {.record_timeline = true});
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, 1}};
  amounts.private_time[2] = Duration(30);
  // 600 bytes at 6 end at 100; the other 1000 have 400 left then, at 10: 140.
  amounts.bytes = {600, 1000};
  const PassResult result = executor.run(amounts);
  CHECK(result.timeline[0].end == Duration(100));
  CHECK(result.timeline[1].end == Duration(140));
  CHECK(result.makespan == Duration(170));
  CHECK(result.waits == ns({0, 0, 140}));
  CHECK(result.link_bytes == std::vector<double>{600, 1000, 1600});
  // The other way round, on a clock of its own: the kernel's has gone on.
  amounts.bytes = {1000, 600};
  CHECK(executor.run(amounts).waits == ns({0, 140, 0}));
  CHECK(executor.run(amounts).timeline[0].start == Duration(0));
  // With time of its own that is longer than its flow, attention ends with that.
  amounts.private_time[1] = Duration(200);
  CHECK(executor.run(amounts).waits == ns({0, 0, 200}));
  CHECK(executor.run(amounts).makespan == Duration(230));
}

TEST_CASE("wide DRAM is nobody's concern") {
  OpGraph graph = dram_graph();
  graph.links[2].bandwidth = per_ns(20);
  REQUIRE_FALSE(Executor::needs_kernel(graph));
  Executor executor(graph, nullptr);
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, 1}};
  amounts.bytes = {600, 1000};
  CHECK(executor.run(amounts).makespan == Duration(100));
}

TEST_CASE("a wait is put down along the chain of whoever ended last") {
  // The GPU prepares for 40 and goes on when the context is back: 10 bytes out (20 ns of latency,
  // 10 on the way), attention for 70, 15 ns back; then computes for 25. The CPU was busy with
  // other work until 60 and tidies up for 30 at the end, 5 longer than the GPU takes.
  const OpGraph graph = graph_of({{"pcie", per_ns(1)}}, {{"other", kCpu, 2, {}, {}},
                                                         {"prepare", kGpu, 0, {}, {}},
                                                         {"queries", kH2d, 1, {{1, 0}}, {{0}}},
                                                         {"attention", kCpu, 2, {{2, 0}}, {}},
                                                         {"context", kH2d, 1, {{3, 0}}, {{0}}},
                                                         {"tidy", kCpu, 2, {{4, 0}}, {}},
                                                         {"compute", kGpu, 0, {{4, 0}}, {}}});
  OpGraphAmounts amounts;
  amounts.resize(graph, 1);
  amounts.layers = {{0, 1}};
  amounts.private_time = ns({60, 40, 0, 70, 0, 30, 25});
  amounts.latency = ns({0, 0, 20, 0, 0, 0, 0});
  amounts.bytes = {10, 15};
  Executor executor(graph, nullptr, {.record_timeline = true});
  // Queries 40 to 70, attention 70 to 140, context 140 to 155, compute to 180, tidy to 185.
  const PassResult result = executor.run(amounts);
  CHECK(result.makespan == Duration(185));
  CHECK(result.stream_busy == ns({65, 45, 160}));
  CHECK(result.waits == ns({0, 30 + 15, 70 + 5}));
  // If the other work takes until 100, attention waits for that and the queries for nobody: of the
  // gap from 40 on, 60 ns are the CPU's. Everything after is 30 later.
  amounts.private_time[0] = Duration(100);
  CHECK(executor.run(amounts).waits == ns({0, 15, 60 + 70 + 5}));
  CHECK(executor.run(amounts).makespan == Duration(215));
}

TEST_CASE("amounts of another graph are refused") {
  const OpGraph graph = streaming_graph(2);
  Executor executor(graph, nullptr);
  OpGraphAmounts amounts = streaming_amounts(graph, 600);
  SECTION("a part too many") { amounts.bytes.push_back(1); }
  SECTION("a slot too few") { amounts.latency.pop_back(); }
  SECTION("a kind that is not there") { amounts.layers = {{1, 1}}; }
  SECTION("a negative duration") { amounts.private_time[0] = Duration(-1); }
  SECTION("negative bytes") { amounts.bytes[0] = -1; }
  CHECK_THROWS_AS(executor.run(amounts), InternalError);
}

}  // namespace
}  // namespace headroom::test
