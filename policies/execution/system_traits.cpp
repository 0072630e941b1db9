#include "policies/execution/system_traits.hpp"

#include <utility>

namespace headroom {
namespace {

constexpr TierFractions kGpuOnly{1, 0, 0};
constexpr TierFractions kDramOnly{0, 1, 0};

constexpr SystemTraits kSystems[] = {
    {.name = "layer_streaming",
     .summary = "weights outside the GPU come in layer by layer in every pass",
     .source = "ZeRO-Inference (arXiv 2207.00032), vLLM cpu_offload_gb, Accelerate",
     .scheduler = "static_batch",
     .placement = {.kv_cache = kGpuOnly},
     .places_weights = true,
     .places_kv_cache = true,
     .uses_ssd = true,
     .has_micro_batches = true,
     .chooses_attention = true,
     .has_overlap = true,
     .has_padded = true,
     .has_weight_type = true,
     .has_kv_type = true},
    {.name = "flexgen",
     .summary = "zig-zag block schedule; weights, KV and hidden states over GPU, DRAM and SSD",
     .source = "FlexGen (arXiv 2303.06865)",
     .scheduler = "static_batch",
     .fetches_halves = true,
     .places_weights = true,
     .places_kv_cache = true,
     .places_activations = true,
     .uses_ssd = true,
     .has_micro_batches = true,
     .needs_micro_batches = true,
     .chooses_attention = true,
     .has_overlap = true,
     .has_padded = true,
     .has_weight_type = true,
     .has_kv_type = true},
    {.name = "moe_lightning",
     .summary = "CGOPipe: CPU attention, GPU experts, weights in pages",
     .source = "MoE-Lightning (arXiv 2411.11217)",
     .scheduler = "static_batch",
     .attention = Device::kCpu,
     .resident = Resident::kAllButMlp,
     .pinned_pages = true,
     .places_weights = true,
     .has_micro_batches = true,
     .needs_micro_batches = true,
     .has_padded = true,
     .has_weight_type = true,
     .has_kv_type = true},
    {.name = "moe_lens",
     .summary = "prefill and decode in one pass, KV in DRAM, all weights streamed",
     .source = "MoE-Lens (arXiv 2504.09345)",
     .scheduler = "vllm",
     .attention = Device::kCpu,
     .saturates_gpu = true,
     .places_weights = true,
     .has_packet = true,
     .has_weight_type = true,
     .has_kv_type = true},
    {.name = "expert_offload",
     .summary = "experts in DRAM or on an SSD behind a cache in HBM, or computed by the CPU",
     .source = "ExpertFlow (arXiv 2410.17954), D2MoE (arXiv 2504.15299), KTransformers (SOSP 2025)",
     .scheduler = "vllm",
     .placement = {.weights = kDramOnly, .kv_cache = kGpuOnly},
     .resident = Resident::kAllButExperts,
     .places_weights = true,
     .places_kv_cache = true,
     .uses_ssd = true,
     .has_overlap = true,
     .has_weight_type = true,
     .has_kv_type = true,
     .has_experts = true},
};

}  // namespace

std::span<const SystemTraits> system_traits() { return kSystems; }

const SystemTraits* find_system_traits(std::string_view name) {
  for (const auto& system : kSystems)
    if (system.name == name) return &system;
  return nullptr;
}

std::string keys_of(const SystemTraits& system) {
  const std::pair<bool, std::string_view> keys[] = {
      {system.places_weights, "placement.weights"},
      {system.places_kv_cache, "placement.kv_cache"},
      {system.places_activations, "placement.activations"},
      {system.has_micro_batches, "micro_batch_size"},
      {system.has_micro_batches, "num_micro_batches"},
      {system.chooses_attention, "attention"},
      {system.has_padded, "padded"},
      {system.has_overlap, "overlap"},
      {system.has_packet, "packet"},
      {system.has_weight_type, "weight_transfer_type"},
      {system.has_kv_type, "kv_transfer_type"},
      {system.has_experts, "experts"}};
  std::string text;
  for (const auto& [has, key] : keys)
    if (has) text += (text.empty() ? "" : " ") + std::string(key);
  return text;
}

}  // namespace headroom
