#include "sim/scenario/offload_capacity.hpp"

#include <algorithm>
#include <cmath>

#include "sim/scenario/engine_preset.hpp"
#include "sim/serving/kv_layout.hpp"

namespace headroom {
namespace {

// A static batch is there whole before anything of it ends; other schedulers fill what is left.
bool holds_whole_batches(const Scenario& scenario) {
  return scenario.serving.scheduler == "static_batch";
}

std::int64_t whole_tokens(double tokens) { return static_cast<std::int64_t>(std::ceil(tokens)); }

// The sum of ceil(n / block_size) over n = 1 .. tokens.
std::int64_t blocks_up_to(std::int64_t tokens, std::int64_t block_size) {
  const std::int64_t whole = tokens / block_size;
  return block_size * whole * (whole + 1) / 2 + (whole + 1) * (tokens % block_size);
}

}  // namespace

WorkloadFacts workload_facts(const RequestTable& table) {
  WorkloadFacts facts;
  facts.requests = static_cast<std::int64_t>(table.requests.size());
  double prompts = 0, outputs = 0;
  for (const auto& request : table.requests) {
    prompts += request.prompt_tokens;
    outputs += request.output_tokens;
    facts.max_prompt_tokens = std::max(facts.max_prompt_tokens, request.prompt_tokens);
    facts.max_output_tokens = std::max(facts.max_output_tokens, request.output_tokens);
  }
  const double count = std::max(1.0, static_cast<double>(facts.requests));
  facts.mean_prompt_tokens = prompts / count;
  facts.mean_output_tokens = outputs / count;
  return facts;
}

TierDemandInput tier_demand_input(const Scenario& scenario, const LoweredModel& model) {
  const auto& setup = *scenario.offload;
  const auto& serving = scenario.serving;
  const auto& workload = setup.workload;
  const std::int64_t at_once = std::min(serving.max_num_seqs, workload.requests);
  const double prompt = setup.system.padded ? static_cast<double>(workload.max_prompt_tokens)
                                            : workload.mean_prompt_tokens;
  const auto longest = [&](std::int32_t tokens) {
    return std::min<std::int64_t>(tokens, serving.max_model_len);
  };
  TierDemandInput input{model, setup.system, setup.node};
  input.gpu_capacity = scenario.hardware.gpu.hbm_capacity;
  input.gpu_memory_utilization = serving.gpu_memory_utilization;
  input.gpu_runtime = engine_preset(serving.engine, scenario.hardware.gpu).runtime_reserve;
  input.sequences = holds_whole_batches(scenario) ? at_once : 1;
  input.most_sequences = at_once;
  input.mean_prompt_tokens = workload.mean_prompt_tokens;
  input.mean_output_tokens = workload.mean_output_tokens;
  input.max_prompt_tokens = longest(workload.max_prompt_tokens);
  input.max_output_tokens = longest(workload.max_output_tokens);
  input.tokens_per_pass =
      std::min(serving.max_num_batched_tokens, whole_tokens(static_cast<double>(at_once) * prompt));
  input.block_size = serving.block_size;
  return input;
}

OffloadCapacity offload_capacity(const Scenario& scenario) {
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  OffloadCapacity capacity;
  capacity.tiers = tier_uses(tier_demand_input(scenario, model));
  capacity.memory = capacity.tiers.capacity;
  capacity.memory[0] = scenario.hardware.gpu.hbm_capacity;
  const std::int64_t block_size = scenario.serving.block_size;
  const std::int64_t blocks = capacity.tiers.kv_token_capacity / block_size;
  capacity.kv_tokens = blocks * block_size;
  capacity.kv_blocks =
      blocks * static_cast<std::int64_t>(kv_layout(model, block_size).groups.size());
  const auto tokens = static_cast<double>(capacity.kv_tokens);
  const bool buffers_grow = capacity.tiers.kv_buffers_per_token.value > 0;
  for (auto& use : capacity.tiers.uses) {
    if (use.used_by == "kv_cache")
      use.bytes = capacity.tiers.kv_bytes_per_token[static_cast<std::size_t>(use.tier)] * tokens;
    if (use.used_by == "kv_buffers" && buffers_grow) use.bytes = capacity.tiers.kv_buffers(tokens);
  }
  return capacity;
}

double saturation_tokens(const ModelSpec& model, const DataTypes& types, const GpuSpec& gpu,
                         BytesPerSecond host_to_device) {
  const double experts_per_choice = model.moe
                                        ? static_cast<double>(model.moe->num_experts) /
                                              static_cast<double>(model.moe->num_experts_per_tok)
                                        : 1.0;
  return peak_rate(gpu, projection_type(types)).value / host_to_device.value * experts_per_choice;
}

double steady_admission_rate(std::int64_t kv_tokens, std::int64_t block_size,
                             const RequestTable& requests) {
  double block_passes = 0;
  for (const auto& request : requests.requests) {
    const std::int64_t prompt = request.prompt_tokens;
    block_passes +=
        static_cast<double>(blocks_up_to(prompt + request.output_tokens - 1, block_size) -
                            blocks_up_to(prompt - 1, block_size));
  }
  const auto blocks = static_cast<double>(kv_tokens / block_size);
  return blocks * static_cast<double>(requests.requests.size()) / std::max(1.0, block_passes);
}

}  // namespace headroom
