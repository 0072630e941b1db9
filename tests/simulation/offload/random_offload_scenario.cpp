#include "tests/simulation/offload/random_offload_scenario.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "sim/base/random.hpp"

namespace headroom::test {
namespace {

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : random_(seed, "offload_scenario") {}

  std::int64_t count(std::int64_t low, std::int64_t high) { return random_.uniform_int(low, high); }
  bool chance(std::int64_t in) { return count(1, in) == 1; }
  std::string text(std::int64_t low, std::int64_t high) { return std::to_string(count(low, high)); }
  std::string tenths(std::int64_t low, std::int64_t high) {
    const std::int64_t value = count(low, high);
    return std::to_string(value / 10) + '.' + std::to_string(value % 10);
  }
  std::string one_of(std::initializer_list<const char*> choices) {
    return choices
        .begin()[static_cast<std::size_t>(count(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }
  std::string one_of(const std::vector<std::string>& choices) {
    return choices[static_cast<std::size_t>(
        count(0, static_cast<std::int64_t>(choices.size()) - 1))];
  }

 private:
  RandomStream random_;
};

// What a machine is short of, so that each resource is the bottleneck of some scenarios.
enum class Scarce { kNothing, kGpu, kHbm, kDram, kCores, kCpuMemory, kSsdRead, kSsdWrite };
constexpr std::int64_t kScarcities = 8;

std::string gpu(Draw& draw, Scarce scarce) {
  std::string text = "{base: " + draw.one_of({"a40", "rtx-4090", "a100-80gb"});
  if (scarce == Scarce::kGpu) text += ", bf16: " + draw.tenths(2, 20) + " TFLOPS";
  if (scarce == Scarce::kHbm) text += ", hbm_bandwidth: " + draw.text(3, 30) + " GB/s";
  return text + '}';
}

std::string node(Draw& draw, Scarce scarce, std::int64_t gpus) {
  const std::int64_t dram = scarce == Scarce::kDram ? draw.count(2, 20) : draw.count(60, 400);
  const std::int64_t cores = draw.count(std::min<std::int64_t>(20, dram), dram);
  std::string text = "  node:\n    gpus: " + std::to_string(gpus) + '\n';
  text += "    cpu: {base: xeon-8380";
  if (scarce == Scarce::kCores) text += ", fp32: " + draw.text(2, 40) + " GFLOPS";
  text += "}\n";
  if (draw.chance(3))
    text += "    sockets: 2\n    cross_socket_bandwidth: " + draw.text(20, 60) + " GB/s\n";
  text += "    dram: {capacity: 2 TB, bandwidth: " + std::to_string(dram) +
          " GB/s, cpu_bandwidth: " +
          (scarce == Scarce::kCpuMemory ? draw.tenths(2, 20) : std::to_string(cores)) + " GB/s}\n";
  text += "    pcie: {generation: 5, bandwidth: " +
          draw.tenths(scarce == Scarce::kNothing ? 30 : 200, 600) + " GB/s" +
          (gpus > 1 && draw.chance(2) ? ", gpus_per_switch: 2" : "") + "}\n";
  text += "    ssd: {base: cs3040, capacity: 8 TB";
  if (scarce == Scarce::kSsdRead) text += ", read_bandwidth: " + draw.tenths(5, 30) + " GB/s";
  if (scarce == Scarce::kSsdWrite) text += ", write_bandwidth: " + draw.text(5, 50) + " MB/s";
  text += "}\n";
  if (draw.chance(4)) text += "    gpu_direct_storage: true\n";
  if (draw.chance(4)) text += "    shared_links: false\n";
  return text;
}

// DRAM has the rest.
std::string fractions(Draw& draw, std::int64_t most_on_gpu) {
  const std::int64_t on_gpu = draw.count(0, most_on_gpu);
  const std::int64_t on_ssd = draw.chance(2) ? 0 : draw.count(0, 9 - on_gpu);
  return "{gpu: 0." + std::to_string(on_gpu) + ", ssd: 0." + std::to_string(on_ssd) + '}';
}

std::string block_system(Draw& draw, const std::string& name, bool is_small) {
  std::string text = "  micro_batch_size: " + draw.text(1, 8) + '\n';
  text += "  num_micro_batches: " + draw.text(1, 4) + '\n';
  if (draw.chance(3)) text += "  padded: true\n";
  if (draw.chance(4)) text += "  weight_transfer_type: int4\n";
  if (draw.chance(4)) text += "  kv_transfer_type: " + draw.one_of({"int4", "int8"}) + '\n';
  if (name == "moe_lightning") return text;
  if (draw.chance(2)) text += "  attention: cpu\n";
  if (draw.chance(4)) text += "  overlap: false\n";
  text += "  placement: {weights: " + fractions(draw, is_small ? 9 : 3) +
          ", kv_cache: " + fractions(draw, 3) +
          (name == "flexgen" ? ", activations: " + fractions(draw, 3) : "") + "}\n";
  return text;
}

std::string experts(Draw& draw) {
  std::string text = "  experts:\n    cached_fraction: 0." + draw.text(0, 4) + '\n';
  bool on_ssd = false;
  if (draw.chance(3)) {
    text += "    compute: cpu\n";
  } else {
    text += "    cache: " + draw.one_of({"lru", "lfu", "static", "optimal"}) + '\n';
    on_ssd = draw.chance(2);
    if (on_ssd) text += "    home: ssd\n";
    if (draw.chance(2))
      text += "    prefetch_recall: 0." + draw.text(1, 9) +
              "\n    prefetch_lead: " + draw.text(1, 3) + '\n';
    if (draw.chance(4)) text += "    hottest_first: true\n";
  }
  if (draw.chance(4)) text += "    expert_bits: [2, 4]\n    expert_bit_shares: [0.7, 0.3]\n";
  text += "    routing: {kind: " + draw.one_of({"uniform", "zipf"}) + ", affinity: 0." +
          draw.text(0, 9) + "}\n";
  text += "  placement: {kv_cache: " + fractions(draw, 9);
  // DRAM in front of the SSD.
  if (on_ssd && draw.chance(2)) {
    const std::int64_t tenths = draw.count(1, 8);
    text += ", weights: {dram: 0." + std::to_string(tenths) + ", ssd: 0." +
            std::to_string(10 - tenths) + '}';
  }
  return text + "}\n";
}

std::string system(Draw& draw, const std::string& name, bool is_small) {
  std::string text = "system:\n  name: " + name + '\n';
  if (draw.chance(3)) text += "  layer_overhead: " + draw.text(1, 300) + " us\n";
  if (draw.chance(3)) text += "  efficiency: 0." + draw.text(3, 9) + '\n';
  if (name == "moe_lens") text += "  packet: " + draw.text(1, 200) + " MB\n";
  // 131,072 bytes a token of Mixtral: a few thousand tokens.
  if (name == "moe_lens" || (name == "expert_offload" && draw.chance(2)))
    text += "  kv_cache: " + draw.text(130, 900) + " MB\n";
  if (name == "moe_lens") return text;
  return text + (name == "expert_offload" ? experts(draw) : block_system(draw, name, is_small));
}

std::string workload(Draw& draw) {
  return "workload:\n  arrivals: " +
         (draw.chance(3) ? "{process: poisson, rate: " + draw.tenths(1, 200) + " /s}"
                         : std::string("{process: all_at_once}")) +
         "\n  prompt_tokens: {distribution: lognormal, mean: " + draw.text(20, 300) +
         ", stddev: 100, max: 900}\n  output_tokens: {distribution: lognormal, mean: " +
         draw.text(3, 30) + ", stddev: 10, max: 100}\n  requests: " + draw.text(5, 40) + '\n';
}

}  // namespace

std::string random_offload_scenario(std::uint64_t seed) {
  Draw draw(seed);
  const std::string name = draw.one_of(execution_system_names());
  const auto scarce = static_cast<Scarce>(draw.count(0, kScarcities - 1));
  const bool is_small = (name == "layer_streaming" || name == "flexgen") && draw.chance(2);
  const bool one_gpu = name == "expert_offload" || !draw.chance(5);
  std::string text = "name: random\nmodel: ";
  text += is_small ? draw.one_of({"opt-6.7b", "llama-3.1-8b"}) : std::string("mixtral-8x7b");
  text += "\nhardware:\n  gpu: " + gpu(draw, scarce) + '\n';
  if (draw.chance(4)) text += "  replicas: 2\n";
  text += node(draw, scarce, one_gpu ? 1 : 2);
  if (!one_gpu) text += "parallelism: {tensor: 2}\n";
  text += system(draw, name, is_small);
  text += "serving:\n  block_size: " + draw.one_of({"1", "16"}) + '\n';
  // Else as many as the micro-batches hold.
  if (name == "moe_lens" || name == "expert_offload")
    text += "  max_num_seqs: " + draw.text(4, 64) + '\n';
  text += "  max_num_batched_tokens: " + draw.text(64, 4000) + '\n';
  text += "  max_model_len: 2000\n" + workload(draw);
  text += "record: {iterations: true, resource_bin: 20 s}\n";
  return text + "seed: " + draw.text(1, 1000) + '\n';
}

}  // namespace headroom::test
