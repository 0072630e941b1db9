// Wrong nodes and systems, and memories that are too small.
#include <utility>

#include "tests/cli/bad_input_cases.hpp"

// The lines of the scenario: 1 model, 2 hardware, 3 gpu, 4 node, 5 cpu, 6 dram, 7 pcie, 8 system,
// 9 serving, 10 workload, 11 arrivals, 12 prompt_tokens, 13 output_tokens, 14 requests.
namespace headroom::cli {
namespace {

const std::string kScenario =
    "model: mixtral-8x7b\n"
    "hardware:\n"
    "  gpu: a40\n"
    "  node:\n"
    "    cpu: xeon-8380\n"
    "    dram: {capacity: 265 GB}\n"
    "    pcie: {bandwidth: 19.5 GB/s}\n"
    "system: {name: moe_lens}\n"
    "serving: {block_size: 16}\n"
    "workload:\n"
    "  arrivals: {process: all_at_once}\n"
    "  prompt_tokens: 98\n"
    "  output_tokens: 32\n"
    "  requests: 100\n";

// With `line` instead of the one that starts with `start`.
BadInput offload(std::string what, const std::string& start, const std::string& line,
                 std::string message, std::string command = "check") {
  std::string text = kScenario;
  const auto from = text.find("\n" + start) + 1;
  text.replace(from, text.find('\n', from) - from, line);
  return {std::move(what),
          {std::move(command), "bad.yaml"},
          std::move(message),
          [text = std::move(text)](const Folder& folder) { folder.write("bad.yaml", text); }};
}

}  // namespace

std::vector<BadInput> bad_offload_scenarios() {
  const std::string node = "error: 'hardware.node.";
  return {
      {"a system without a node",
       {"check", "bad.yaml"},
       "bad.yaml:4:9: error: 'system' needs 'hardware.node'",
       [](const Folder& folder) {
         folder.write("bad.yaml",
                      "model: mixtral-8x7b\nhardware: {gpu: a40}\n\nsystem: {name: moe_lens}\n" +
                          kScenario.substr(kScenario.find("workload:")));
       }},
      offload("a node without a system", "system:", "",
              "bad.yaml:5:5: error: 'hardware.node' is only used by a 'system'"),
      offload("an unknown CPU", "    cpu:", "    cpu: xeon-8381",
              "bad.yaml:5:10: error: 'hardware.node.cpu.base' names an unknown CPU 'xeon-8381'; "
              "did you mean 'xeon-8380'?"),
      offload("DRAM without a size", "    dram:", "    dram: {bandwidth: 200 GB/s}",
              "bad.yaml:6:11: error: missing key 'hardware.node.dram.capacity'"),
      offload("cores that draw more than DRAM gives",
              "    dram:", "    dram: {capacity: 265 GB, cpu_bandwidth: 1 TB/s}",
              "bad.yaml:6:45: " + node + "dram.cpu_bandwidth' is 1 TB/s, more than"),
      offload("PCIe faster than its generation",
              "    pcie:", "    pcie: {generation: 3, bandwidth: 19.5 GB/s}",
              "bad.yaml:7:38: " + node + "pcie.bandwidth' is 19.5 GB/s, more than the raw rate"),
      offload("a fraction of PCIe above one", "    pcie:", "    pcie: {achievable_fraction: 1.5}",
              "bad.yaml:7:33: " + node + "pcie.achievable_fraction' must be more than 0"),
      offload("a PCIe bandwidth said twice",
              "    pcie:", "    pcie: {achievable_fraction: 0.8, bandwidth: 19.5 GB/s}",
              "bad.yaml:7:33: " + node + "pcie.achievable_fraction' and"),
      offload("a PCIe generation that nobody makes", "    pcie:", "    pcie: {generation: 9}",
              "bad.yaml:7:24: " + node + "pcie.generation' must be at least 1 and at most 6"),
      offload("an unknown system", "system:", "system: {name: moe_lense}",
              "bad.yaml:8:16: error: 'system.name' has the unknown value 'moe_lense'; did you "
              "mean 'moe_lens'?"),
      offload("a key of another system", "system:", "system: {name: moe_lens, attention: gpu}",
              "bad.yaml:8:26: error: unknown key 'attention' in 'system'"),
      offload("a micro-batch without a size", "system:", "system: {name: flexgen}",
              "bad.yaml:8:9: error: missing key 'system.micro_batch_size'"),
      offload("fractions that do not sum to one",
              "system:", "system: {name: moe_lens, placement: {weights: {gpu: 0.5, dram: 0.4}}}",
              "'system.placement.weights' must have fractions that sum to 1, got 0.9"),
      offload("weights on an SSD that is not there",
              "system:", "system: {name: layer_streaming, placement: {weights: {ssd: 0.1}}}",
              "'system.placement.weights.ssd' needs 'hardware.node.ssd'"),
      offload("a system that cannot work with the model",
              "system:", "system: {name: expert_offload, experts: {home: ssd}}",
              "'system.experts.home' is the SSD, but there is no 'hardware.node.ssd'"),
      offload("KV memory said in two ways", "serving:", "serving: {kv_cache_memory: 10 GB}",
              "bad.yaml:9:28: error: 'serving.kv_cache_memory' cannot be used with 'system'"),
      offload("a rate of admission that nobody reads", "serving:", "serving: {admission_rate: 3}",
              "bad.yaml:9:27: error: 'serving.admission_rate' needs 'serving.scheduler: paced'"),
      // 93.4 GB of weights and the KV cache of one request, 9 blocks of 16 x 131072 B.
      offload("DRAM that does not hold the weights", "    dram:", "    dram: {capacity: 80 GB}",
              "bad.yaml:6:11: " + node +
                  "dram' has 80 GB, but needs weights 92.88 GB + embeddings "
                  "524.3 MB + kv_cache 18.87 MB = 93.42 GB; raise hardware.node.dram.capacity to "
                  "93.43 GB",
              "run"),
      offload("the same found by limits", "    dram:", "    dram: {capacity: 80 GB}",
              "raise hardware.node.dram.capacity to 93.43 GB", "limits"),
      offload("a GPU that does not hold two layers",
              "  gpu:", "  gpu: {base: a40, hbm_capacity: 4 GB}",
              "bad.yaml:3:8: error: 'hardware.gpu' has 4 GB, but needs weight_buffers 5.805 GB"),
      offload("KV memory that does not hold a request",
              "system:", "system: {name: moe_lens, kv_cache: 10 MB}",
              "'system.kv_cache' holds 76 tokens, but 1 sequence needs 144; raise it to 18.88 MB"),
  };
}

}  // namespace headroom::cli
