// sim/transformer/layer_parameters.hpp -- elements of the parameters of one layer on one
// tensor-parallel rank. Matrices are what quantisation applies to; vectors are biases, norms and
// the like.
#pragma once

#include "sim/transformer/model_spec.hpp"

namespace headroom {

// Heads of one rank. Key-value heads are split like query heads and replicated once there are more
// ranks than heads.
struct RankHeads {
  double query = 0;
  double key_value = 0;
};
RankHeads heads_of_rank(const ModelSpec& model, std::int64_t tensor);

struct AttentionParameters {
  double qkv_matrices =
      0;  // MLA: both query projections, the latent, and K and V from the latent; index projections
  double o_matrix = 0;
  double qkv_bias = 0;
  double o_bias = 0;
  double other_vectors = 0;  // norms on queries, keys and latents, sinks
};
AttentionParameters attention_parameters(const ModelSpec& model, std::int64_t tensor);

// Parameters of an MLP of this width: gate and up, or up alone.
double gate_up_matrix(const ModelSpec& model, double width);
double down_matrix(const ModelSpec& model, double width);

struct ExpertParameters {
  double router = 0, router_vectors = 0;
  double one_expert = 0, one_expert_vectors = 0;
  double shared = 0, shared_vectors = 0;
};
// Pre: model.moe.
ExpertParameters expert_parameters(const ModelSpec& model, std::int64_t tensor);

std::int64_t moe_layers(const ModelSpec& model);
// Columns that carry gate and up (or up alone) of an MLP of this width.
double gate_up_columns(const ModelSpec& model, double width);

}  // namespace headroom
