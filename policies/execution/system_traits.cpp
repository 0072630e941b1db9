#include "policies/execution/system_traits.hpp"

namespace headroom {
namespace {

constexpr TierFractions kGpuOnly{1, 0, 0};
constexpr TierFractions kDramOnly{0, 1, 0};

constexpr SystemTraits kSystems[] = {
    {.name = "layer_streaming",
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
     .scheduler = "static_batch",
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
     .scheduler = "vllm",
     .attention = Device::kCpu,
     .saturates_gpu = true,
     .places_weights = true,
     .has_packet = true,
     .has_weight_type = true,
     .has_kv_type = true},
    {.name = "expert_offload",
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

}  // namespace headroom
