#include <catch2/catch.hpp>

#include "offload_texts.hpp"

using namespace headroom;

namespace {

NodeSpec node_with(const std::vector<std::string>& overrides) {
  return load(kLens, overrides).offload->node;
}
// What is reported with this line instead of the node's PCIe.
std::string pcie(const std::string& keys) {
  return problems(lens_with("    pcie:", "    pcie: {" + keys + "},"));
}
constexpr double kGen3Lane = 8e9 / 8 * 128 / 130;  // B/s

}  // namespace

TEST_CASE("a node is read into its values", "[scenario][node]") {
  const NodeSpec node = load(kLens).offload->node;
  REQUIRE(node.sockets.size() == 1);
  CHECK(node.gpus == 1);
  CHECK(node.sockets[0].cpu == "xeon-8380");
  CHECK(node.sockets[0].cores == 40);
  CHECK(node.sockets[0].peak_rate(DataType::kFp32) == FlopsPerSecond(5888e9));
  CHECK(node.sockets[0].dram_capacity == Bytes(265e9));
  CHECK(node.sockets[0].dram_bandwidth == BytesPerSecond(204.8e9));  // the data sheet's
  CHECK(node.sockets[0].cpu_dram_bandwidth == BytesPerSecond(150e9));
  CHECK(node.pcie.generation == 4);  // the A40's
  CHECK(node.pcie.bandwidth == BytesPerSecond(19.5e9));
  CHECK(node.pcie.gpus_per_switch == 1);
  CHECK(node.ssd->read_bandwidth == BytesPerSecond(5.6e9));
  CHECK(node.ssd->count == 1);
  CHECK(node.nvlink_bandwidth == BytesPerSecond(0));
  CHECK(node.shared_links);
}

TEST_CASE("PCIe is generation and lanes and a fraction or one bandwidth", "[scenario][node]") {
  const std::string text = lens_with("    pcie:", "    pcie: {achievable_fraction: 0.8},");
  // The A40 is a card of generation 4: twice the rate of 3, 16 lanes.
  CHECK(load(text).offload->node.pcie.bandwidth.value == Approx(0.8 * 16 * 2 * kGen3Lane));
  const auto faster = load(text, {"hardware.node.pcie.generation=5"}).offload->node;
  CHECK(faster.pcie.bandwidth.value == Approx(0.8 * 16 * 4 * kGen3Lane));
  // A node without the section has what the GPU's data sheet promises.
  const auto plain = load(lens_with("    pcie:", "")).offload->node.pcie;
  CHECK(plain.generation == 4);
  CHECK(plain.bandwidth.value == Approx(16 * 2 * kGen3Lane));
  CHECK(load(lens_with("    pcie:", ""), {"hardware.gpu=t4"}).offload->node.pcie.generation == 3);
}

TEST_CASE("a switch shares one x16 link unless it is given another", "[scenario][node]") {
  const std::vector<std::string> two{"hardware.node.gpus=2",
                                     "hardware.node.pcie.gpus_per_switch=2"};
  // As much of the raw rate as the GPUs' links achieve.
  CHECK(node_with(two).pcie.uplink_bandwidth.value == Approx(19.5e9));
  auto given = two;
  given.emplace_back("hardware.node.pcie.uplink_bandwidth=10 GB/s");
  CHECK(node_with(given).pcie.uplink_bandwidth == BytesPerSecond(10e9));
}

TEST_CASE("any number of a CPU or an SSD can be another or all of them one's own",
          "[scenario][node]") {
  const NodeSpec node =
      node_with({"hardware.node.cpu.fp32=4 TFLOPS", "hardware.node.cpu.bf16=50 TFLOPS",
                 "hardware.node.ssd.read_bandwidth=7 GB/s", "hardware.node.ssd.count=4",
                 "hardware.node.ssd.latency=80 us"});
  CHECK(node.sockets[0].peak_rate(DataType::kFp32) == FlopsPerSecond(4e12));
  CHECK(node.sockets[0].peak_rate(DataType::kBf16) == FlopsPerSecond(50e12));
  CHECK(node.ssd->read_bandwidth == BytesPerSecond(7e9));
  CHECK(node.ssd->count == 4);
  CHECK(node.ssd->latency == Seconds(80e-6));
  const Scenario own =
      load(lens_with("    cpu:", "    cpu: {cores: 8, fp32: 1 TFLOPS},"),
           {"hardware.node.dram.bandwidth=80 GB/s", "hardware.node.dram.cpu_bandwidth=60 GB/s"});
  CHECK(own.offload->node.sockets[0].cpu == "custom");
  CHECK(own.offload->node.sockets[0].dram_bandwidth == BytesPerSecond(80e9));
}

TEST_CASE("sockets are alike and joined by a link", "[scenario][node]") {
  const NodeSpec node =
      node_with({"hardware.node.sockets=2", "hardware.node.cross_socket_bandwidth=60 GB/s"});
  CHECK(node.sockets.size() == 2);
  CHECK(node.sockets[1].dram_capacity == Bytes(265e9));
  CHECK(node.cross_socket_bandwidth == BytesPerSecond(60e9));
  CHECK(problems(kLens, {"hardware.node.sockets=2"}) ==
        "s.yaml:2:28: error: missing key 'hardware.node.cross_socket_bandwidth'");
}

TEST_CASE("what a node cannot do is refused", "[scenario][node]") {
  CHECK(problems(lens_with("    dram:", "    dram: {bandwidth: 200 GB/s},")) ==
        "s.yaml:4:11: error: missing key 'hardware.node.dram.capacity'");
  CHECK(problems(kLens, {"hardware.node.cpu.dram_bandwidth=100 GB/s"}) ==
        "--set hardware.node.cpu.dram_bandwidth=100 GB/s: error: "
        "'hardware.node.cpu.dram_bandwidth' is written as 'hardware.node.dram.bandwidth' in a "
        "scenario");
  CHECK(problems(kLens, {"hardware.node.dram.cpu_bandwidth=300 GB/s"}) ==
        "--set hardware.node.dram.cpu_bandwidth=300 GB/s: error: "
        "'hardware.node.dram.cpu_bandwidth' is 300 GB/s, more than 'hardware.node.dram.bandwidth' "
        "(204.8 GB/s)");
  CHECK(pcie("bandwidth: 40 GB/s") ==
        "s.yaml:5:23: error: 'hardware.node.pcie.bandwidth' is 40 GB/s, more than the raw rate of "
        "PCIe generation 4 x16 (31.508 GB/s)");
  CHECK(pcie("achievable_fraction: 1.1") ==
        "s.yaml:5:33: error: 'hardware.node.pcie.achievable_fraction' must be more than 0 and at "
        "most 1, got '1.1'");
  CHECK(pcie("achievable_fraction: 0.8, bandwidth: 20 GB/s") ==
        "s.yaml:5:33: error: 'hardware.node.pcie.achievable_fraction' and "
        "'hardware.node.pcie.bandwidth' both say what a link achieves; give one");
  CHECK(pcie("generation: 7") ==
        "s.yaml:5:24: error: 'hardware.node.pcie.generation' must be at least 1 and at most 6, got "
        "'7'");
  CHECK(pcie("uplink_bandwidth: 10 GB/s") ==
        "s.yaml:5:30: error: 'hardware.node.pcie.uplink_bandwidth' belongs to a switch; set "
        "'gpus_per_switch' above 1");
  CHECK(pcie("gpus_per_switch: 4") ==
        "s.yaml:5:29: error: 'hardware.node.pcie.gpus_per_switch' is 4, more than "
        "'hardware.node.gpus' (1)");
  CHECK(problems(kLens, {"hardware.node.cpu=xeon-8381"}) ==
        "--set hardware.node.cpu=xeon-8381: error: 'hardware.node.cpu.base' names an unknown CPU "
        "'xeon-8381'; did you mean 'xeon-8380'?");
  CHECK_THAT(problems(kLens, {"hardware.node.ssd={read_bandwidth: 1 GB/s}"}),
             Catch::Contains("missing key 'hardware.node.ssd.capacity' of a SSD without 'base'"));
  CHECK(problems(lens_with("    ssd:", ""), {"hardware.node.gpu_direct_storage=true"}) ==
        "--set hardware.node.gpu_direct_storage=true: error: 'hardware.node.gpu_direct_storage' "
        "needs 'hardware.node.ssd'");
  CHECK(problems(kLens, {"hardware.node.cross_socket_bandwidth=1 GB/s"}) ==
        "--set hardware.node.cross_socket_bandwidth=1 GB/s: error: "
        "'hardware.node.cross_socket_bandwidth' needs more than one socket");
}

TEST_CASE("a node and a system need each other", "[scenario][node]") {
  CHECK(problems(lens_with("system:", "")) ==
        "s.yaml:2:28: error: 'hardware.node' is only used by a 'system', and there is none; choose "
        "one (system: {name: ...})");
  CHECK(problems(kBase + "system: {name: moe_lens}\n") ==
        "s.yaml:4:9: error: 'system' needs 'hardware.node': the memories and links that it uses");
}

TEST_CASE("ranks stay within the node", "[scenario][node]") {
  CHECK(problems(kLens, {"parallelism.tensor=2"}) ==
        "--set parallelism.tensor=2: error: 'parallelism.tensor' is 2, but 'hardware.node.gpus' is "
        "1");
  CHECK(load(kLens, {"parallelism.tensor=2", "hardware.node.gpus=2"}).parallelism.tensor == 2);
}
