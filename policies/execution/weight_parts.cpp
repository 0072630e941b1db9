#include "policies/execution/weight_parts.hpp"

#include <algorithm>

namespace headroom {

WeightParts weight_parts(const LoweredModel& lowered, DataType matrices) {
  WeightParts parts;
  parts.embeddings = lowered.embedding_bytes() + lowered.lm_head_bytes();
  for (const auto& group : lowered.model().layers) {
    const LayerWeights layer = lowered.layer_weights(group.is_moe, matrices);
    const auto count = static_cast<double>(group.count);
    parts.others += (layer.pre_attention + layer.post_attention) * count;
    parts.experts += layer.experts * count;
    parts.largest_layer = std::max(parts.largest_layer, layer.total());
    parts.layer_experts = std::max(parts.layer_experts, layer.experts);
  }
  if (lowered.model().moe)
    parts.one_expert = parts.layer_experts / static_cast<double>(lowered.model().moe->num_experts);
  return parts;
}

}  // namespace headroom
