#include <cmath>

#include "sim/transformer/layer_parameters.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

double dense_mlp_parameters(const ModelSpec& model) {
  const double width = real(model.intermediate_size);
  const double biases =
      model.mlp_bias ? gate_up_columns(model, width) + real(model.hidden_size) : 0;
  return gate_up_matrix(model, width) + down_matrix(model, width) + biases;
}

double norm_parameters(const ModelSpec& model) {
  const double norms = real(model.norms_per_layer * model.num_hidden_layers + model.outer_norms);
  return norms * real(model.hidden_size) * (model.norm_bias ? 2 : 1);
}

}  // namespace

ParameterCount count_parameters(const ModelSpec& model) {
  const double hidden = real(model.hidden_size), layers = real(model.num_hidden_layers);
  const double moe = real(moe_layers(model));
  const auto attention = attention_parameters(model, 1);
  ParameterCount count;
  count.embedding = real(model.vocab_size) * hidden;
  if (model.learned_positions) count.embedding += real(model.max_position_embeddings) * hidden;
  if (!model.tie_word_embeddings) count.lm_head = real(model.vocab_size) * hidden;
  if (model.lm_head_bias) count.lm_head += real(model.vocab_size);
  count.attention = layers * (attention.qkv_matrices + attention.o_matrix + attention.qkv_bias +
                              attention.o_bias + attention.other_vectors);
  count.dense_mlp = (layers - moe) * dense_mlp_parameters(model);
  count.norms = norm_parameters(model);
  double idle_experts = 0;
  if (model.moe) {
    const auto expert = expert_parameters(model, 1);
    const double one = expert.one_expert + expert.one_expert_vectors;
    count.router = moe * (expert.router + expert.router_vectors);
    count.experts = moe * real(model.moe->num_experts) * one;
    count.shared_experts = moe * (expert.shared + expert.shared_vectors);
    idle_experts = moe * real(model.moe->num_experts - model.moe->num_experts_per_tok) * one;
  }
  count.active = count.total() - idle_experts;
  return count;
}

double expected_distinct_experts(const MixtureOfExperts& moe, double tokens) {
  const double experts = real(moe.num_experts);
  const double missed = 1.0 - real(moe.num_experts_per_tok) / experts;
  return experts * (1.0 - std::pow(missed, tokens));
}

// Matrices take the weight type, everything else the type of the residual stream. The vocabulary is
// split over ranks.
Bytes LoweredModel::weight_bytes() const {
  const std::int64_t tensor = parallelism_.tensor;
  const double ranks = real(tensor), hidden = real(model_.hidden_size),
               layers = real(model_.num_hidden_layers);
  const double moe = real(moe_layers(model_)), dense = layers - moe;
  const auto whole = count_parameters(model_);
  const auto attention = attention_parameters(model_, tensor);
  const double width = real(model_.intermediate_size) / ranks;
  double matrices = layers * (attention.qkv_matrices + attention.o_matrix);
  matrices += dense * (gate_up_matrix(model_, width) + down_matrix(model_, width));
  double others = (whole.embedding + whole.lm_head) / ranks + whole.norms;
  others += layers * (attention.qkv_bias + attention.o_bias + attention.other_vectors);
  if (model_.mlp_bias) others += dense * (gate_up_columns(model_, width) + hidden);
  if (model_.moe) {
    const auto expert = expert_parameters(model_, tensor);
    const double experts = real(model_.moe->num_experts);
    matrices += moe * (experts * expert.one_expert + expert.shared);
    others += moe * (experts * expert.one_expert_vectors + expert.router + expert.router_vectors +
                     expert.shared_vectors);
  }
  return Bytes(matrices * weight_size_ + others * stream_size_);
}

LayerWeights LoweredModel::layer_weights(bool is_moe, DataType matrices) const {
  const double size = bytes_per_element(matrices), hidden = real(model_.hidden_size);
  const double norm = hidden * (model_.norm_bias ? 2 : 1);
  const auto attention = attention_parameters(model_, parallelism_.tensor);
  LayerWeights bytes;
  bytes.pre_attention = Bytes(attention.qkv_matrices * size +
                              (attention.qkv_bias + attention.other_vectors + norm) * stream_size_);
  double vectors = attention.o_bias + (real(model_.norms_per_layer) - 1) * norm;
  if (is_moe) {
    const auto expert = expert_parameters(model_, parallelism_.tensor);
    vectors += expert.router + expert.router_vectors;
    bytes.mlp = Bytes(expert.shared * size + expert.shared_vectors * stream_size_);
    bytes.experts = Bytes(real(model_.moe->num_experts) *
                          (expert.one_expert * size + expert.one_expert_vectors * stream_size_));
  } else {
    const double width = real(model_.intermediate_size) / real(parallelism_.tensor);
    const double biases = model_.mlp_bias ? gate_up_columns(model_, width) + hidden : 0;
    bytes.mlp = Bytes((gate_up_matrix(model_, width) + down_matrix(model_, width)) * size +
                      biases * stream_size_);
  }
  bytes.post_attention = Bytes(attention.o_matrix * size + vectors * stream_size_);
  return bytes;
}

Bytes LoweredModel::embedding_bytes() const {
  const double norms = real(model_.outer_norms * model_.hidden_size) * (model_.norm_bias ? 2 : 1);
  return Bytes((count_parameters(model_).embedding / real(parallelism_.tensor) + norms) *
               stream_size_);
}

Bytes LoweredModel::lm_head_bytes() const {
  return Bytes(count_parameters(model_).lm_head / real(parallelism_.tensor) * stream_size_);
}

}  // namespace headroom
