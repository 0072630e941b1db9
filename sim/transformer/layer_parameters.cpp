#include "sim/transformer/layer_parameters.hpp"

#include <algorithm>

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

AttentionParameters latent_parameters(const ModelSpec& model, double heads) {
  const LatentAttention& mla = *model.mla;
  const double hidden = real(model.hidden_size);
  const double query = heads * real(mla.qk_nope_head_dim + mla.qk_rope_head_dim);
  const double latent = real(mla.kv_lora_rank);
  AttentionParameters p;
  p.qkv_matrices = mla.q_lora_rank > 0 ? (hidden + query) * real(mla.q_lora_rank) : hidden * query;
  p.qkv_matrices += hidden * (latent + real(mla.qk_rope_head_dim));
  p.qkv_matrices += latent * heads * real(mla.qk_nope_head_dim + mla.v_head_dim);
  p.o_matrix = heads * real(mla.v_head_dim) * hidden;
  p.other_vectors = real(mla.q_lora_rank) + latent;
  if (model.indexer) {
    const double key = real(model.indexer->head_dim), index_heads = real(model.indexer->num_heads);
    const double query_input = mla.q_lora_rank > 0 ? real(mla.q_lora_rank) : hidden;
    p.qkv_matrices +=
        query_input * index_heads * key + hidden * (key + index_heads);  // replicated on every rank
    p.other_vectors += 2 * key;
  }
  return p;
}

}  // namespace

RankHeads heads_of_rank(const ModelSpec& model, std::int64_t tensor) {
  return {real(model.num_attention_heads) / real(tensor),
          std::max(real(model.num_key_value_heads) / real(tensor), 1.0)};
}

AttentionParameters attention_parameters(const ModelSpec& model, std::int64_t tensor) {
  const RankHeads heads = heads_of_rank(model, tensor);
  if (model.mla) {
    auto p = latent_parameters(model, heads.query);
    p.o_bias = model.attention_output_bias ? real(model.hidden_size) : 0;
    return p;
  }
  const double hidden = real(model.hidden_size), dim = real(model.head_dim);
  const double columns = (heads.query + 2 * heads.key_value) * dim;
  AttentionParameters p;
  p.qkv_matrices = hidden * columns;
  p.o_matrix = heads.query * dim * hidden;
  p.qkv_bias = model.attention_bias ? columns : 0;
  p.o_bias = model.attention_output_bias ? hidden : 0;
  p.other_vectors = real(model.qk_norm_elements) + (model.attention_sinks ? heads.query : 0);
  return p;
}

double gate_up_columns(const ModelSpec& model, double width) {
  return model.gated_mlp ? 2 * width : width;
}
double gate_up_matrix(const ModelSpec& model, double width) {
  return real(model.hidden_size) * gate_up_columns(model, width);
}
double down_matrix(const ModelSpec& model, double width) { return width * real(model.hidden_size); }

ExpertParameters expert_parameters(const ModelSpec& model, std::int64_t tensor) {
  const MixtureOfExperts& moe = *model.moe;
  const double hidden = real(model.hidden_size), experts = real(moe.num_experts);
  const double width = real(moe.moe_intermediate_size) / real(tensor);
  const double shared_width = real(moe.shared_expert_intermediate_size) / real(tensor);
  ExpertParameters p;
  p.router = hidden * experts;
  p.router_vectors = moe.router_bias ? experts : 0;
  p.one_expert = gate_up_matrix(model, width) + down_matrix(model, width);
  p.one_expert_vectors = moe.expert_bias ? gate_up_columns(model, width) + hidden : 0;
  p.shared = gate_up_matrix(model, shared_width) + down_matrix(model, shared_width);
  p.shared_vectors = moe.shared_expert_gate ? hidden : 0;
  return p;
}

std::int64_t moe_layers(const ModelSpec& model) {
  std::int64_t layers = 0;
  for (const auto& group : model.layers) layers += group.is_moe ? group.count : 0;
  return layers;
}

}  // namespace headroom
