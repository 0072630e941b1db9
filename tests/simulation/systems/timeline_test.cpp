// Every registered system, in every variant, goes through the one executor: it yields a timeline
// whose dates are the executor's, and all its time is work over rates.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "hwmodels/compute/op_time_model.hpp"
#include "sim/runtime/offload_nodes.hpp"
#include "tests/simulation/kernel/in_child.hpp"
#include "tests/support/small_models.hpp"
#include "tests/unit/policies/execution/system_variants.hpp"

namespace headroom::test {
namespace {

// 10 decodes and two prompts, one of them the second chunk of a longer one.
std::vector<PassRow> rows() {
  std::vector<PassRow> rows;
  for (std::int32_t i = 0; i < 10; ++i) rows.push_back({100 + i, 1, true});
  rows.push_back({0, 50, true});
  rows.push_back({30, 20, false});
  return rows;
}

// About as fast as slow_gpu(), so that everybody waits for everybody.
NodeSpec slow_node() {
  NodeSpec node;
  SocketSpec socket;
  socket.peak.fill(FlopsPerSecond{1e9});
  socket.dram_capacity = Bytes{1e9};
  socket.dram_bandwidth = BytesPerSecond{1.2e9};
  socket.cpu_dram_bandwidth = BytesPerSecond{5e8};
  node.sockets = {socket};
  node.pcie.bandwidth = BytesPerSecond{1e9};
  SsdSpec ssd;
  ssd.capacity = Bytes{1e9};
  ssd.read_bandwidth = BytesPerSecond{4e8};
  ssd.write_bandwidth = BytesPerSecond{2e8};
  node.ssd = ssd;
  return node;
}

struct Pass {
  std::int64_t makespan_ns = 0, layers = 0;
  std::vector<std::int64_t> busy_ns;    // by stream
  std::vector<TimelineEntry> timeline;  // by layer, then slot
};

enum Tag : std::uint64_t { kMakespan, kLayers, kBusy, kStart, kEnd };

Pass decode(const Calls& calls, std::size_t slots) {
  Pass pass;
  for (const auto& [number, tag] : calls) {
    const std::size_t operation = pass.timeline.size();
    if (tag == kMakespan) pass.makespan_ns = number;
    if (tag == kLayers) pass.layers = number;
    if (tag == kBusy) pass.busy_ns.push_back(number);
    if (tag == kStart)
      pass.timeline.push_back({static_cast<SlotIndex>(operation % slots),
                               static_cast<std::int64_t>(operation / slots), Duration(number)});
    if (tag == kEnd) pass.timeline.back().end = Duration(number);
  }
  return pass;
}

// The first pass of a node with this system; in a child process where links are shared.
Pass first_pass(const ExecutionConfig& config, const LoweredModel& model) {
  const SystemContext context{.model = model, .node = slow_node()};
  const Calls calls = in_child([&] {
    const auto times = make_op_time_model("roofline", slow_gpu());
    OffloadNodes nodes(config, context, *times, 1, {.executor = {}, .timeline_pass = 0});
    PassRunner& runner = *nodes.pass_runners().front();
    const PassResult& result = runner.run(rows());
    Calls all{{result.makespan.value, kMakespan},
              {result.layers_run + result.layers_skipped, kLayers}};
    for (const Duration busy : result.stream_busy) all.push_back({busy.value, kBusy});
    for (const TimelineEntry& entry : runner.timeline()) {
      all.push_back({entry.start.value, kStart});
      all.push_back({entry.end.value, kEnd});
    }
    return all;
  });
  return decode(calls, make_execution_system(config, context)->graph().slots.size());
}

template <class Check>
void for_each_variant(Check check) {
  const LoweredModel model(expert_model(), {}, {});
  for (const std::string& name : execution_system_names()) {
    int number = 0;
    for (const ExecutionConfig& config : testing::system_variants(name)) {
      INFO(name << ", variant " << number++);
      check(config, model);
    }
  }
}

// Streams are queues, a pass ends with its last operation, and a stream was busy as long as its
// operations took.
void check_timeline(const Pass& pass, const OpGraph& graph) {
  REQUIRE(pass.layers > 0);
  REQUIRE(pass.timeline.size() == graph.slots.size() * static_cast<std::size_t>(pass.layers));
  std::vector<std::int64_t> ends(graph.streams.size(), 0), busy(graph.streams.size(), 0);
  for (const TimelineEntry& entry : pass.timeline) {
    const StreamIndex stream = graph.slots[entry.slot].stream;
    CHECK(entry.start.value >= ends[stream]);
    CHECK(entry.end >= entry.start);
    ends[stream] = entry.end.value;
    busy[stream] += (entry.end - entry.start).value;
  }
  CHECK(*std::max_element(ends.begin(), ends.end()) == pass.makespan_ns);
  CHECK(busy == pass.busy_ns);
  CHECK(busy[graph.watched] > 0);
}

}  // namespace

TEST_CASE("every system yields a timeline of the executor", "[simulation][systems]") {
  for_each_variant([](const ExecutionConfig& config, const LoweredModel& model) {
    const auto system = make_execution_system(config, {.model = model, .node = slow_node()});
    check_timeline(first_pass(config, model), system->graph());
  });
}

TEST_CASE("on a machine half as fast every system takes twice as long", "[simulation][systems]") {
  // No latency is given here, so a duration of a system's own would show. Of about a thousand
  // operations each may be rounded by half a nanosecond, in milliseconds.
  for_each_variant([](ExecutionConfig config, const LoweredModel& model) {
    const Pass fast = first_pass(config, model);
    config.efficiency = 0.5;
    const Pass slow = first_pass(config, model);
    CHECK(static_cast<double>(slow.makespan_ns) ==
          Approx(2.0 * static_cast<double>(fast.makespan_ns)).epsilon(1e-3));
  });
}

}  // namespace headroom::test
