#include "policies/execution/weight_parts.hpp"

#include <algorithm>

namespace headroom {

WeightParts weight_parts(const LoweredModel& lowered, DataType matrices) {
  WeightParts parts;
  parts.embeddings = lowered.embedding_bytes() + lowered.lm_head_bytes();
  for (const auto& group : lowered.model().layers) {
    const LayerWeights layer = lowered.layer_weights(group.is_moe, matrices);
    const auto count = static_cast<double>(group.count);
    parts.attention += (layer.pre_attention + layer.post_attention) * count;
    parts.mlp += layer.mlp * count;
    parts.experts += layer.experts * count;
    parts.largest_layer = std::max(parts.largest_layer, layer.total());
    const Bytes mlp = layer.mlp + layer.experts;
    parts.largest_mlp = std::max(parts.largest_mlp, mlp);
    parts.largest_half = std::max({parts.largest_half, mlp, layer.total() - mlp});
    if (group.is_moe)
      parts.one_expert = layer.experts / static_cast<double>(lowered.model().moe->num_experts);
  }
  return parts;
}

}  // namespace headroom
