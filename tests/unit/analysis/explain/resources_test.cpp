#include "analysis/explain/resources.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

const std::string kServing = R"(
model: llama-3.1-8b
hardware: {gpu: {base: h100-sxm, hbm_bandwidth: 3 TB/s}, replicas: 4}
workload: {arrivals: {process: poisson, rate: 1 /s}, prompt_tokens: 100, output_tokens: 10, requests: 10}
)";

const std::string kOffload = R"(
model: mixtral-8x7b
dtype: {weights: int4}
hardware:
  gpu: rtx-4090
  node:
    gpus: 2
    cpu: epyc-9355
    dram: {capacity: 192 GB, bandwidth: 600 GB/s, cpu_bandwidth: 480 GB/s}
    pcie: {generation: 4, lanes: 16, achievable_fraction: 0.8, gpus_per_switch: 2}
    ssd: cs3040
parallelism: {tensor: 2}
system: {name: layer_streaming}
serving: {max_model_len: 1024}
workload: {arrivals: {process: all_at_once}, prompt_tokens: 10, output_tokens: 10, requests: 1}
)";

Scenario load(const std::string& text, std::vector<std::string> overrides = {}) {
  LoadOptions options;
  options.overrides = std::move(overrides);
  return load_scenario_text(text, "test.yaml", options);
}

const Resource& named(const std::vector<Resource>& list, const std::string& name) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const Resource& r) { return r.name == name; });
  REQUIRE(found != list.end());
  return *found;
}

std::vector<std::string> names(const std::vector<Resource>& list) {
  std::vector<std::string> all;
  for (const auto& resource : list) all.push_back(resource.name);
  return all;
}

std::vector<std::string> settings(const std::vector<Resource>& list, const std::string& name,
                                  double factor) {
  const auto change = named(list, name).scaled(factor);
  REQUIRE(change);
  return change->settings;
}

TEST_CASE("a scenario in HBM has the resources of its GPUs", "[explain]") {
  const auto list = resources_of(load(kServing));
  CHECK(names(list) ==
        std::vector<std::string>{"hbm_bandwidth", "gpu_flops", "hbm_capacity", "replicas"});
  CHECK(settings(list, "hbm_bandwidth", 2) ==
        std::vector<std::string>{"hardware.gpu.hbm_bandwidth=6 TB/s"});
  CHECK(named(list, "hbm_bandwidth").amount == "3 TB/s");
  CHECK(named(list, "gpu_flops").amount == "989.4 TFLOPS");
  // fp32, tf32, bf16, fp8 and int8; the card has no fp4.
  CHECK(settings(list, "gpu_flops", 2).size() == 5);
}

TEST_CASE("replicas are whole", "[explain]") {
  const auto list = resources_of(load(kServing));
  CHECK(settings(list, "replicas", 2) == std::vector<std::string>{"hardware.replicas=8"});
  CHECK(!named(list, "replicas").scaled(1.1));  // 4.4 are 4
  CHECK(!named(list, "replicas").scaled(0.9));  // 3.6 are 4
}

TEST_CASE("memory that is given is scaled instead of the card's", "[explain]") {
  const auto list = resources_of(load(kServing, {"serving.num_gpu_blocks_override=5000"}));
  CHECK(names(list) ==
        std::vector<std::string>{"hbm_bandwidth", "gpu_flops", "kv_memory", "replicas"});
  CHECK(settings(list, "kv_memory", 1.1) ==
        std::vector<std::string>{"serving.num_gpu_blocks_override=5500"});
  const auto bytes = resources_of(load(kServing, {"serving.kv_cache_memory=20 GB"}));
  CHECK(settings(bytes, "kv_memory", 2) ==
        std::vector<std::string>{"serving.kv_cache_memory=40 GB"});
}

TEST_CASE("a node has its links and memories too", "[explain]") {
  const auto list = resources_of(load(kOffload));
  CHECK(names(list) == std::vector<std::string>{"hbm_bandwidth", "gpu_flops", "hbm_capacity",
                                                "pcie_bandwidth", "dram_bandwidth", "dram_capacity",
                                                "cpu_flops", "ssd_bandwidth", "ssd_capacity",
                                                "replicas"});
  CHECK(settings(list, "dram_bandwidth", 2) ==
        std::vector<std::string>{"hardware.node.dram.bandwidth=1.2 TB/s",
                                 "hardware.node.dram.cpu_bandwidth=960 GB/s"});
}

TEST_CASE("every change loads and changes only its resource", "[explain]") {
  for (const auto& text : {kServing, kOffload}) {
    const Scenario base = load(text);
    for (const auto& resource : resources_of(base))
      for (const double factor : {0.9, 1.1, 2.0}) {
        const auto change = resource.scaled(factor);
        if (!change || (resource.name == "hbm_capacity" && factor < 1)) continue;
        INFO(resource.name << " x " << factor);
        const Scenario scaled = load(text, change->settings);
        const auto expect = [&](const char* name, double now, double before) {
          CHECK(now / before == Approx(resource.name == name ? factor : 1).epsilon(1e-9));
        };
        const GpuSpec &gpu = scaled.hardware.gpu, &old = base.hardware.gpu;
        expect("hbm_bandwidth", gpu.hbm_bandwidth.value, old.hbm_bandwidth.value);
        expect("gpu_flops", gpu.bf16.value, old.bf16.value);
        expect("hbm_capacity", gpu.hbm_capacity.value, old.hbm_capacity.value);
        if (!base.offload) continue;
        const NodeSpec &node = scaled.offload->node, &plain = base.offload->node;
        expect("pcie_bandwidth", node.pcie.bandwidth.value, plain.pcie.bandwidth.value);
        expect("pcie_bandwidth", node.pcie.uplink_bandwidth.value,
               plain.pcie.uplink_bandwidth.value);
        expect("dram_bandwidth", node.sockets[0].dram_bandwidth.value,
               plain.sockets[0].dram_bandwidth.value);
        expect("dram_bandwidth", node.sockets[0].cpu_dram_bandwidth.value,
               plain.sockets[0].cpu_dram_bandwidth.value);
        expect("cpu_flops", node.sockets[0].rate(DataType::kBf16).value,
               plain.sockets[0].rate(DataType::kBf16).value);
        expect("ssd_bandwidth", node.ssd->read_bandwidth.value, plain.ssd->read_bandwidth.value);
      }
  }
}

TEST_CASE("what the engine chose for the card stays chosen", "[explain]") {
  // 79.22 GiB: 1024 sequences and 8192 tokens; half of it would give 256 and 2048.
  const auto pinned = pinned_settings(load(kServing));
  CHECK(pinned == std::vector<std::string>{"serving.max_num_seqs=1024",
                                           "serving.max_num_batched_tokens=8192"});
  CHECK(pinned_settings(
            load(kServing, {"serving.max_num_seqs=8", "serving.max_num_batched_tokens=64"}))
            .empty());
}

}  // namespace
}  // namespace headroom
