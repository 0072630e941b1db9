// sim/scenario/engine_preset.hpp -- `serving.engine`: the defaults of one version of a serving
// engine. Only what a run can tell apart is a preset. Sources: vLLM V1 at the versions named
// (scheduler.py, block_pool.py, gpu_worker.py, arg_utils.py); the measured settings of a vLLM
// 0.19.0 run for `vllm-0.19`.
#pragma once

#include <string>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "sim/serving/serving_config.hpp"

namespace headroom {

struct EnginePreset {
  ServingConfig defaults;  // scheduler and cache switches; the three counts below depend on the GPU
  bool large_gpu_seqs;     // 1024 sequences rather than 256 on GPUs of 70 GiB or more
  bool large_gpu_tokens;   // 8192 tokens per step rather than 2048 on such GPUs, A100 excepted
  // Memory of a worker that is neither weights, activations nor KV cache: CUDA context, cuBLAS and
  // attention workspaces; where the engine counts CUDA graphs inside its budget, those too.
  Bytes runtime_reserve;
};

// vllm-0.19 (the default), sync (the same, each step scheduled after the one before: for oracles),
// vllm-0.8, vllm-0.12, vllm-main.
std::vector<std::string> engine_names();
// The defaults of an engine on this GPU. Pre: `name` is one of engine_names().
EnginePreset engine_preset(const std::string& name, const GpuSpec& gpu);
// Whether the counts of this preset come from the size of the GPU: "engine vllm-0.19" or "engine
// vllm-0.19, GPU of 70 GiB or more".
std::string engine_origin(const std::string& name, const GpuSpec& gpu);

}  // namespace headroom
