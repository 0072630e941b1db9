#include "sim/scenario/kv_capacity.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "sim/scenario/engine_preset.hpp"

namespace headroom {
namespace {

// Bytes per logit that the sampler holds at once: the logits as computed (2) and in fp32 (4), their
// sorted copy (4) with int64 positions (8) for top-k and top-p, and the probabilities (4). The
// sort's own scratch is not counted.
constexpr double kSamplerBytesPerLogit = 22;

std::string gib(Bytes bytes) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                                          bytes.value / 1073741824.0, std::chars_format::fixed, 2);
  return std::string(buffer.data(), end) + " GiB";
}

double attention_width(const ModelSpec& model) {
  const auto heads = static_cast<double>(model.num_attention_heads);
  if (model.mla) {
    const auto& mla = *model.mla;
    const auto queries = heads * static_cast<double>(mla.qk_nope_head_dim + mla.qk_rope_head_dim);
    return queries +
           static_cast<double>(mla.q_lora_rank + mla.kv_lora_rank + mla.qk_rope_head_dim) +
           heads * static_cast<double>(mla.v_head_dim);
  }
  const auto head = static_cast<double>(model.head_dim);
  return 2 * heads * head +
         2 * static_cast<double>(model.num_key_value_heads) * head;  // q, k, v and the output
}

// Elements per token beside the residual stream at the widest point of a layer: what goes in and
// what comes out of the activation function are alive together.
double widest_point(const ModelSpec& model) {
  double widest = attention_width(model);
  const double gates = model.gated_mlp ? 3 : 2;
  widest = std::max(widest, gates * static_cast<double>(model.intermediate_size));
  if (model.moe) {
    const auto width = static_cast<double>(model.moe->moe_intermediate_size);
    const auto hidden = static_cast<double>(model.hidden_size);
    // The experts' outputs reuse the buffer of gate and up (vLLM fused_moe).
    const double routed =
        static_cast<double>(model.moe->num_experts_per_tok) * (std::max(2 * width, hidden) + width);
    const double shared = gates * static_cast<double>(model.moe->shared_expert_intermediate_size);
    widest = std::max({widest, routed, shared});
  }
  return widest;
}

std::int64_t blocks_of_longest_request(const Scenario& scenario, const KvLayout& layout) {
  const auto& serving = scenario.serving;
  return peak_blocks(layout, serving.max_model_len,
                     std::min(serving.max_num_batched_tokens, serving.max_model_len));
}

// The longest max_model_len that fits, by bisection: peak_blocks never decreases with the length.
std::int64_t longest_that_fits(const Scenario& scenario, const KvCapacity& capacity) {
  std::int64_t low = 0, high = scenario.serving.max_model_len;
  while (low < high) {
    const std::int64_t middle = low + (high - low + 1) / 2;
    const std::int64_t in_flight = std::min(scenario.serving.max_num_batched_tokens, middle);
    if (peak_blocks(capacity.layout, middle, in_flight) <= capacity.usable_blocks) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

std::string too_long_problem(const Scenario& scenario, const KvCapacity& capacity,
                             bool max_len_is_default) {
  const std::int64_t needed = blocks_of_longest_request(scenario, capacity.layout);
  const std::int64_t longest = longest_that_fits(scenario, capacity);
  std::string text =
      "leaves " + gib(capacity.kv_cache) + " (" + std::to_string(capacity.usable_blocks) +
      " blocks) for the KV cache, but one request of max_model_len " +
      std::to_string(scenario.serving.max_model_len) +
      (max_len_is_default ? " (the default: the model's max_position_embeddings)" : "") +
      " needs " + std::to_string(needed) + " blocks; ";
  if (longest > 0)
    text += "set serving.max_model_len to at most " + std::to_string(longest) + ", or ";
  return text + "raise serving.gpu_memory_utilization or lower serving.max_num_batched_tokens";
}

Bytes beside_kv_cache(const KvCapacity& capacity) {
  return capacity.weights + capacity.activation_reserve + capacity.runtime_reserve;
}

void count_blocks(const Scenario& scenario, KvCapacity& capacity) {
  const auto& serving = scenario.serving;
  const Bytes block = capacity.layout.block_bytes;
  if (serving.num_gpu_blocks_override) {
    capacity.source = "num_gpu_blocks_override";
    capacity.usable_blocks = *serving.num_gpu_blocks_override;
    capacity.blocks = capacity.usable_blocks + 1;
  } else {
    capacity.source = serving.kv_cache_memory ? "kv_cache_memory" : "formula";
    const Bytes available =
        serving.kv_cache_memory.value_or(capacity.requested - beside_kv_cache(capacity));
    capacity.blocks = static_cast<std::int64_t>(std::floor(std::max(0.0, available / block)));
    capacity.usable_blocks = std::max<std::int64_t>(0, capacity.blocks - 1);
  }
  capacity.kv_cache = block * static_cast<double>(capacity.blocks);
  capacity.unused =
      Bytes(std::max(0.0, (capacity.hbm - beside_kv_cache(capacity) - capacity.kv_cache).value));
  const auto groups = static_cast<std::int64_t>(capacity.layout.groups.size());
  capacity.tokens = capacity.usable_blocks / groups * serving.block_size;
}

std::string memory_problem(const Scenario& scenario, const KvCapacity& capacity) {
  if (capacity.weights > capacity.requested)
    return "has " + gib(capacity.hbm) + ", of which the engine may use " + gib(capacity.requested) +
           ", but the weights of " + scenario.model.name + " take " + gib(capacity.weights) +
           "; take a larger GPU, a smaller model or a narrower dtype.weights";
  if (capacity.source != "formula") {
    if (capacity.weights + capacity.kv_cache <= capacity.hbm) return "";
    return "has " + gib(capacity.hbm) + ", but weights " + gib(capacity.weights) +
           " and the KV cache of serving." + capacity.source + " " + gib(capacity.kv_cache) +
           " do not fit; lower it or raise hardware.gpu.hbm_capacity";
  }
  if (beside_kv_cache(capacity) < capacity.requested) return "";
  return "lets the engine use " + gib(capacity.requested) + ", but weights " +
         gib(capacity.weights) + ", activations " + gib(capacity.activation_reserve) +
         " and runtime " + gib(capacity.runtime_reserve) +
         " leave nothing for the KV cache; lower serving.max_num_batched_tokens or "
         "serving.max_num_seqs";
}

}  // namespace

Bytes activation_reserve(const ModelSpec& model, const DataTypes& types, std::int64_t tokens,
                         std::int64_t rows) {
  const double element = bytes_per_element(types.activations);
  const auto hidden = static_cast<double>(model.hidden_size),
             token_count = static_cast<double>(tokens);
  // The residual stream and its normalised copy are alive through the whole layer.
  const double forward = token_count * (2 * hidden + widest_point(model)) * element;
  const double sampler =
      token_count * hidden * element +
      static_cast<double>(rows) * static_cast<double>(model.vocab_size) * kSamplerBytesPerLogit;
  return Bytes(std::max(forward, sampler));
}

KvCapacity kv_capacity(const Scenario& scenario, bool max_len_is_default) {
  const auto& serving = scenario.serving;
  const auto& gpu = scenario.hardware.gpu;
  const LoweredModel lowered(scenario.model, scenario.dtype, scenario.parallelism);
  KvCapacity capacity;
  capacity.hbm = gpu.hbm_capacity;
  capacity.requested = gpu.hbm_capacity * serving.gpu_memory_utilization;
  capacity.weights = lowered.weight_bytes();
  capacity.activation_reserve =
      activation_reserve(scenario.model, scenario.dtype, serving.max_num_batched_tokens,
                         std::min(serving.max_num_seqs, serving.max_num_batched_tokens));
  capacity.runtime_reserve = engine_preset(serving.engine, gpu).runtime_reserve;
  capacity.layout = kv_layout(lowered, serving.block_size);
  count_blocks(scenario, capacity);
  capacity.problem = memory_problem(scenario, capacity);
  if (capacity.problem.empty() && !serving.num_gpu_blocks_override &&
      blocks_of_longest_request(scenario, capacity.layout) > capacity.usable_blocks)
    capacity.problem = too_long_problem(scenario, capacity, max_len_is_default);
  return capacity;
}

}  // namespace headroom
