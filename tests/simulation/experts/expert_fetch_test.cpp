// Expert offload in time: when fetches hide behind arithmetic and when they do not. 12 MoE layers
// of 8 experts of 9216 parameters; one expert is 18,432 bytes.
#include <algorithm>
#include <catch2/catch.hpp>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "hwmodels/compute/op_time_model.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/runtime/offload_nodes.hpp"
#include "tests/support/small_models.hpp"

using namespace headroom;

namespace {

constexpr std::int64_t kLayers = 12;
constexpr double kExpertBytes = 18'432;
constexpr double kPcie = 2e9;

ModelSpec deep_expert_model() {
  ModelSpec model = test::expert_model();
  model.num_hidden_layers = kLayers;
  model.layers = {{kLayers, true, TokenCount{0}}};
  model.moe->shared_expert_intermediate_size =
      0;  // nothing to do while the first group is on its way
  return model;
}

NodeSpec node_with(double pcie) {
  NodeSpec node;
  SocketSpec socket;
  socket.peak.fill(FlopsPerSecond{1e10});
  socket.dram_capacity = Bytes{1e9};
  socket.dram_bandwidth = BytesPerSecond{2e10};
  socket.cpu_dram_bandwidth = BytesPerSecond{1e10};
  node.sockets = {socket};
  node.pcie.bandwidth = BytesPerSecond{pcie};
  return node;
}

struct Run {
  double makespan_s = 0;
  double waited_s = 0;  // for experts over PCIe
  double busy_s = 0;    // of all streams
  std::vector<double> link_bytes;
};

ExecutionConfig fetching(double cached_fraction) {
  ExecutionConfig config;
  config.name = "expert_offload";
  config.placement.kv_cache = {1, 0, 0};
  config.experts.cached_fraction = cached_fraction;
  config.experts.cache = CachePolicy::kStatic;
  return config;
}

// One pass of 200 prompt tokens: it touches all experts.
Run prompt_pass(const ExecutionConfig& config, std::uint64_t seed = 3, double pcie = kPcie) {
  const LoweredModel model(deep_expert_model(), {}, {});
  const auto times = make_op_time_model("roofline", test::slow_gpu());
  OffloadNodes nodes(config, {.model = model, .node = node_with(pcie), .seed = seed}, *times, 1);
  PassRunner& runner = *nodes.pass_runners().front();
  const PassResult& result = runner.run(std::vector<PassRow>{{0, 200, true}});
  Run run{to_seconds(result.makespan).value, 0, 0, result.link_bytes};
  const auto& causes = runner.graph().causes;
  for (std::size_t c = 0; c < causes.size(); ++c)
    if (causes[c] == kCauseExpertsPcie) run.waited_s = to_seconds(result.waits[c]).value;
  for (const Duration busy : result.stream_busy) run.busy_s += to_seconds(busy).value;
  return run;
}

Run predicted_pass(std::int64_t lead) {
  ExecutionConfig config = fetching(0);
  config.experts.prefetch_recall = 1;
  config.experts.prefetch_lead = lead;
  return prompt_pass(config);
}

}  // namespace

TEST_CASE("a perfect predictor hides all fetches but those of the layers it cannot name",
          "[simulation][experts]") {
  // All 8 experts of a layer cross PCIe in 8 * 18,432 / 2e9 = 73.7 us. The arithmetic of 400
  // visits, 2 * 9216 FLOP each at 50 GFLOP/s, takes 147 us: one layer of lead is enough.
  const double fetch_s = 8 * kExpertBytes / kPcie;
  const Run resident = prompt_pass(fetching(1)), on_demand = prompt_pass(fetching(0));
  const Run named = predicted_pass(1), named_early = predicted_pass(3);
  REQUIRE(resident.waited_s == 0);
  // On demand every layer waits for its first group at least, a quarter of its experts.
  REQUIRE(on_demand.waited_s > kLayers * fetch_s / 4 * 0.99);
  REQUIRE(named.waited_s > 0);  // layer 0
  REQUIRE(named.waited_s <= fetch_s * 1.0001);
  REQUIRE(named.makespan_s <= resident.makespan_s + fetch_s * 1.01);
  // A longer lead names three layers fewer.
  REQUIRE(named_early.waited_s > named.waited_s);
  REQUIRE(named_early.waited_s <= 3 * fetch_s * 1.0001);
  // Right names only: the same bytes.
  for (const Run& run : {on_demand, named, named_early})
    REQUIRE(*std::max_element(run.link_bytes.begin(), run.link_bytes.end()) ==
            Approx(kLayers * 8 * kExpertBytes).epsilon(1e-9));
}

TEST_CASE("half a cache moves half of the bytes", "[simulation][experts]") {
  const Run half = prompt_pass(fetching(0.5));
  REQUIRE(*std::max_element(half.link_bytes.begin(), half.link_bytes.end()) ==
          Approx(kLayers * 4 * kExpertBytes).epsilon(1e-9));
}

TEST_CASE("without overlap everything happens one after the other", "[simulation][experts]") {
  ExecutionConfig config = fetching(0.5);
  config.experts.compute = GENERATE(Device::kGpu, Device::kCpu);
  const Run overlapped = prompt_pass(config);
  config.overlap = false;
  const Run serial = prompt_pass(config);
  // Nanoseconds: exact.
  REQUIRE(serial.busy_s == Approx(serial.makespan_s).epsilon(1e-12));
  REQUIRE(serial.makespan_s > overlapped.makespan_s);
}

TEST_CASE("the hottest expert first hides most", "[simulation][experts]") {
  // All loads take the same time, so the longest computation first is the best order of a line of
  // two machines (Johnson, Naval Research Logistics Quarterly 1, 1954). Groups of two experts are
  // such jobs, all of the same load. A link that is slow enough: the loads take longer than the
  // GPU.
  const double pcie = kPcie / 4;
  ExecutionConfig config = fetching(0);
  config.experts.routing.kind = RoutingKind::kZipf;
  double gained_s = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    config.experts.hottest_first = false;
    const Run by_id = prompt_pass(config, seed, pcie);
    config.experts.hottest_first = true;
    const Run hottest = prompt_pass(config, seed, pcie);
    REQUIRE(hottest.makespan_s <= by_id.makespan_s + 1e-9);
    gained_s += by_id.makespan_s - hottest.makespan_s;
  }
  REQUIRE(gained_s > 0);
}
