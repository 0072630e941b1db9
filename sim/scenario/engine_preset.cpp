#include "sim/scenario/engine_preset.hpp"

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr double kGiB = 1073741824.0;
constexpr double kLargeGpu = 70 * kGiB;  // vLLM arg_utils.py: device memory of 70 GiB or more

// What start-up logs of one-GPU workers report as memory outside PyTorch: 0.16, 0.33 and 1.79 GiB
// (Llama-2-7B class on 80 GB, RTX 5090, Llama-3-8B on 80 GB). The median.
constexpr Bytes kRuntimeOutsideTorch{0.33 * kGiB};
// CUDA graphs of 16 piecewise sizes, from a 2026 log; inside the memory budget from vLLM 0.21 on.
constexpr Bytes kCudaGraphs{0.36 * kGiB};

bool is_large(const GpuSpec& gpu) { return gpu.hbm_capacity.value >= kLargeGpu; }
bool is_a100(const GpuSpec& gpu) { return gpu.architecture.ends_with("GA100"); }

EnginePreset vllm_v1() {
  EnginePreset preset{{}, true, true, kRuntimeOutsideTorch};
  preset.defaults.gpu_memory_utilization = 0.90;
  preset.defaults.enable_prefix_caching = true;
  preset.defaults.enable_chunked_prefill = true;
  preset.defaults.free_order = FreeOrder::kAppend;
  preset.defaults.watermark = 0;
  return preset;
}

// The full-sequence gate is on in the recorded settings of 0.19.0; other sources date it to about
// 0.20.
EnginePreset vllm_0_19() {
  EnginePreset preset = vllm_v1();
  preset.defaults.async_scheduling = true;
  preset.defaults.scheduler_reserve_full_isl = true;
  return preset;
}

EnginePreset sync_engine() {
  EnginePreset preset = vllm_0_19();
  preset.defaults.async_scheduling = false;
  return preset;
}

EnginePreset vllm_0_12() {
  EnginePreset preset = vllm_v1();
  preset.defaults.async_scheduling = false;
  preset.defaults.scheduler_reserve_full_isl = false;
  return preset;
}

EnginePreset vllm_0_8() {
  EnginePreset preset = vllm_0_12();
  preset.large_gpu_seqs = false;
  return preset;
}

EnginePreset vllm_main() {
  EnginePreset preset = vllm_0_19();
  preset.defaults.free_order = FreeOrder::kUnhashedFirst;
  preset.defaults.gpu_memory_utilization = 0.92;
  preset.defaults.recycling_bound = true;
  preset.runtime_reserve += kCudaGraphs;
  return preset;
}

struct NamedPreset {
  const char* name;
  EnginePreset (*make)();
};
constexpr NamedPreset kPresets[] = {{"vllm-0.19", vllm_0_19},
                                    {"sync", sync_engine},
                                    {"vllm-0.8", vllm_0_8},
                                    {"vllm-0.12", vllm_0_12},
                                    {"vllm-main", vllm_main}};

}  // namespace

std::vector<std::string> engine_names() {
  std::vector<std::string> names;
  for (const auto& preset : kPresets) names.emplace_back(preset.name);
  return names;
}

EnginePreset engine_preset(const std::string& name, const GpuSpec& gpu) {
  for (const auto& known : kPresets) {
    if (name != known.name) continue;
    EnginePreset preset = known.make();
    preset.defaults.engine = name;
    preset.defaults.max_num_seqs = preset.large_gpu_seqs && is_large(gpu) ? 1024 : 256;
    preset.defaults.max_num_batched_tokens =
        preset.large_gpu_tokens && is_large(gpu) && !is_a100(gpu) ? 8192 : 2048;
    return preset;
  }
  HEADROOM_CHECK(false, "a known engine, got ", name);
  return {};
}

std::string engine_origin(const std::string& name, const GpuSpec& gpu) {
  return "engine " + name + (is_large(gpu) ? ", GPU of 70 GiB or more" : ", GPU below 70 GiB");
}

}  // namespace headroom
