// sim/transformer/model_spec.hpp -- the shape of a decoder-only transformer, as a value.
// Filled from a Hugging Face config.json (workloads/models); names follow it. Everything here is
// counts of elements; data types come from the scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"

namespace headroom {

// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434): the KV cache of a token and layer is
// kv_lora_rank + qk_rope_head_dim elements, replicated on every tensor-parallel rank.
struct LatentAttention {
  std::int64_t q_lora_rank = 0;  // 0: queries are projected directly
  std::int64_t kv_lora_rank = 0;
  std::int64_t qk_nope_head_dim = 0;
  std::int64_t qk_rope_head_dim = 0;
  std::int64_t v_head_dim = 0;
};

// Sparse attention by a learned index (DeepSeek-V3.2, GLM-5): a small key of `head_dim` elements is
// cached per token and layer, every query scores all of them, and the attention proper looks at the
// best `topk` tokens only.
struct SparseIndexer {
  std::int64_t num_heads = 0;
  std::int64_t head_dim = 0;
  std::int64_t topk = 0;
};

struct MixtureOfExperts {
  std::int64_t num_experts = 0;
  std::int64_t num_experts_per_tok = 0;
  std::int64_t moe_intermediate_size = 0;
  // Total width of the always-on shared experts of a layer (0: none).
  std::int64_t shared_expert_intermediate_size = 0;
  bool router_bias = false;         // one more element per expert (selection bias or router bias)
  bool expert_bias = false;         // gpt-oss
  bool shared_expert_gate = false;  // a scalar gate on the shared experts (Qwen)
};

// A run of identical layers. Layers that are alike are one template with a count; order is kept.
struct LayerGroup {
  std::int64_t count = 0;
  bool is_moe = false;
  TokenCount sliding_window{0};  // 0: full attention
};

// A config.json that says its weights are stored in a narrower format (`quantization_config`).
struct StoredQuantization {
  std::string method;    // its quant_method: "fp8", "awq", "mxfp4", ...; "" when it names none
  std::string key;       // as in the file
  SourcePosition where;  // of the key
};

struct ModelSpec {
  std::string name;        // catalogue name, or the path the user gave
  std::string model_type;  // config.json `model_type`
  std::int64_t num_hidden_layers = 0;
  std::int64_t hidden_size = 0;
  std::int64_t intermediate_size = 0;  // of dense layers; 0 when every layer is MoE
  std::int64_t num_attention_heads = 0;
  std::int64_t num_key_value_heads = 0;
  std::int64_t head_dim = 0;  // may differ from hidden_size / num_attention_heads
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 0;
  bool tie_word_embeddings = false;
  bool gated_mlp = true;  // gate and up projections; otherwise up only (OPT, GPT-3, Phi-2, BLOOM)
  bool attention_bias = false;     // biases of QKV (parameter count only)
  bool learned_positions = false;  // a position embedding table (OPT, GPT)
  // Parts that matter for exact parameter counts and for which ops exist, not for more.
  bool attention_output_bias = false;
  bool mlp_bias = false;
  bool norm_bias = false;  // LayerNorm (weight and bias) instead of RMSNorm
  bool lm_head_bias = false;
  bool attention_sinks = false;  // one element per head (gpt-oss)
  bool parallel_blocks = false;  // attention and MLP read one norm and share one all-reduce (Phi-2)
  std::int64_t norms_per_layer = 2;
  std::int64_t outer_norms =
      1;  // outside the layers: the final one, and BLOOM's after the embedding
  std::int64_t qk_norm_elements = 0;  // of a layer: norms on queries and keys (0: none)
  double rotary_fraction = 1.0;       // of head_dim that is rotated; 0: no rotary positions
  std::optional<LatentAttention> mla;
  std::optional<SparseIndexer> indexer;
  std::optional<MixtureOfExperts> moe;
  std::vector<LayerGroup> layers;  // counts sum to num_hidden_layers
  std::optional<StoredQuantization>
      quantization;                        // changes no cost: data types come from the scenario
  std::optional<double> published_params;  // total, from the model card; for the 1 % check
  std::optional<double> published_active_params;
};

}  // namespace headroom
