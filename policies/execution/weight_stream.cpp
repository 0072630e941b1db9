#include "policies/execution/weight_stream.hpp"

namespace headroom {

WeightStream::WeightStream(const LoweredModel& model, const ExecutionConfig& config,
                           StreamedParts parts)
    : model_(model), transfer_type_(config.weight_transfer_type), parts_(parts) {}

FetchedWeights WeightStream::layer(const LayerClass& layer, DataType type) const {
  const LayerWeights weights = model_.layer_weights(layer.is_moe, type);
  if (parts_ == StreamedParts::kMlp) return {Bytes{0}, weights.mlp + weights.experts};
  if (parts_ == StreamedParts::kAttention) return {weights.pre_attention, weights.post_attention};
  return {weights.pre_attention, weights.post_attention + weights.mlp + weights.experts};
}

FetchedWeights WeightStream::fetched(const PassStep& step, double share) const {
  FetchedWeights bytes;
  if (step.fetches) bytes = layer(*step.fetches, transfer_type_);
  if (parts_ != StreamedParts::kMlp) {
    if (step.fetches_embedding) bytes.early += model_.embedding_bytes();
    if (step.fetches_head) bytes.late += model_.lm_head_bytes();
  }
  return {bytes.early * share, bytes.late * share};
}

Bytes WeightStream::of_layer(const LayerClass& of, double share) const {
  return layer(of, transfer_type_).total() * share;
}

std::optional<OpCount> WeightStream::unpacking(const LayerClass& of, double share) const {
  const DataType kept = model_.types().weights;
  if (transfer_type_ == kept || share <= 0) return std::nullopt;
  const Bytes packed = layer(of, transfer_type_).total() * share;
  const Bytes unpacked = layer(of, kept).total() * share;
  return convert_op(packed, unpacked, unpacked.value / bytes_per_element(kept));
}

}  // namespace headroom
