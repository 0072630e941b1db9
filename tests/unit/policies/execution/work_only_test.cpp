// No system computes a duration: what a pass asks for is the same on machines of any speed.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "tests/unit/policies/execution/pass_checks.hpp"
#include "tests/unit/policies/execution/system_variants.hpp"

namespace headroom {
namespace {

using testing::mixed_rows;
using testing::system_variants;

NodeSpec node_with_ssd(std::int64_t gpus) {
  NodeSpec node = testing::plain_node(gpus);
  node.ssd = testing::plain_ssd();
  node.ssd->latency = Seconds{80e-6};
  return node;
}

// Every rate by a factor of its own; sizes and latencies as they are.
NodeSpec of_other_speeds(NodeSpec node) {
  for (auto& socket : node.sockets) {
    socket.dram_bandwidth = socket.dram_bandwidth * 5;
    socket.cpu_dram_bandwidth = socket.cpu_dram_bandwidth * 7;
    for (auto& peak : socket.peak) peak = peak * 11;
  }
  node.pcie.bandwidth = node.pcie.bandwidth * 3;
  node.pcie.generation = 6;
  node.nvlink_bandwidth = BytesPerSecond{300e9};
  node.ssd->read_bandwidth = node.ssd->read_bandwidth * 13;
  node.ssd->write_bandwidth = node.ssd->write_bandwidth * 17;
  node.ssd->read_iops = node.ssd->write_iops = PerSecond{1e6};
  return node;
}

void check_equal(const Op& one, const Op& other) {
  CHECK(one.kind == other.kind);
  CHECK(one.flops == other.flops);
  CHECK(one.weight_bytes == other.weight_bytes);
  CHECK(one.kv_bytes == other.kv_bytes);
  CHECK(one.activation_bytes == other.activation_bytes);
  CHECK(one.comm_bytes == other.comm_bytes);
}

void check_equal(const SlotWork& one, const SlotWork& other) {
  REQUIRE(one.ops.size() == other.ops.size());
  for (std::size_t i = 0; i < one.ops.size(); ++i) {
    CHECK(one.ops[i].count == other.ops[i].count);
    check_equal(one.ops[i].op, other.ops[i].op);
  }
  CHECK(one.bytes == other.bytes);
  CHECK(one.latency == other.latency);
  CHECK(one.behind == other.behind);
}

void check_same_work(ExecutionConfig config, const LoweredModel& model) {
  config.layer_overhead = Seconds{1e-4};
  const NodeSpec slow = node_with_ssd(model.parallelism().tensor);
  const auto on_slow = make_execution_system(config, {.model = model, .node = slow});
  const auto on_fast =
      make_execution_system(config, {.model = model, .node = of_other_speeds(slow)});
  const auto& slots = on_slow->graph().slots;
  REQUIRE(on_fast->graph().slots.size() == slots.size());
  for (std::size_t s = 0; s < slots.size(); ++s) {
    CHECK(on_fast->graph().slots[s].name == slots[s].name);
    CHECK(on_fast->graph().slots[s].stream == slots[s].stream);
    CHECK(on_fast->graph().slots[s].after.size() == slots[s].after.size());
  }
  PassAmounts expected, got;
  for (int pass = 0; pass < 3; ++pass) {  // caches have a past
    on_slow->lower_pass(mixed_rows(), expected);
    on_fast->lower_pass(mixed_rows(), got);
    REQUIRE(got.slots.size() == expected.slots.size());
    for (std::size_t i = 0; i < got.slots.size(); ++i) {
      INFO("pass " << pass << ", " << slots[i % slots.size()].name);
      check_equal(expected.slots[i], got.slots[i]);
    }
  }
}

TEST_CASE("no system knows how fast the machine is", "[policies][execution]") {
  for (const std::string& name : execution_system_names())
    for (const ExecutionConfig& config : system_variants(name))
      for (const std::int64_t ranks : {1, 2}) {
        if (name == "expert_offload" && ranks > 1) continue;  // it runs on one
        INFO(name << ", overlap " << config.overlap << ", " << ranks << " ranks");
        const LoweredModel model(testing::mixtral_8x7b(), {}, {ranks});
        check_same_work(config, model);
      }
}

// What is fixed is given: by the scenario (layer_overhead) or the SSD's data sheet.
TEST_CASE("latencies of a pass are those of the scenario and the SSD", "[policies][execution]") {
  const NodeSpec node = node_with_ssd(1);
  const LoweredModel model(testing::mixtral_8x7b(), {}, {});
  for (const std::string& name : execution_system_names())
    for (ExecutionConfig config : system_variants(name)) {
      INFO(name);
      config.layer_overhead = Seconds{1e-4};
      const auto system = make_execution_system(config, {.model = model, .node = node});
      PassAmounts work;
      system->lower_pass(mixed_rows(), work);
      for (const SlotWork& slot : work.slots) {
        const bool is_given = slot.latency == Seconds{0} || slot.latency == config.layer_overhead ||
                              slot.latency == node.ssd->latency;
        CHECK(is_given);
      }
    }
}

}  // namespace
}  // namespace headroom
