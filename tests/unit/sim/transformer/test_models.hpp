// tests/unit/sim/transformer/test_models.hpp -- shapes by hand, so that these tests need no reader.
#pragma once

#include "sim/transformer/model_spec.hpp"

namespace headroom::testing {

inline ModelSpec llama_2_70b() {
  ModelSpec m;
  m.name = "llama-2-70b";
  m.num_hidden_layers = 80;
  m.hidden_size = 8192;
  m.intermediate_size = 28672;
  m.num_attention_heads = 64;
  m.num_key_value_heads = 8;
  m.head_dim = 128;
  m.vocab_size = 32000;
  m.max_position_embeddings = 4096;
  m.layers = {{80, false, TokenCount{0}}};
  return m;
}

inline ModelSpec llama_3_8b() {
  ModelSpec m = llama_2_70b();
  m.name = "llama-3.1-8b";
  m.num_hidden_layers = 32;
  m.hidden_size = 4096;
  m.intermediate_size = 14336;
  m.num_attention_heads = 32;
  m.vocab_size = 128256;
  m.max_position_embeddings = 131072;
  m.layers = {{32, false, TokenCount{0}}};
  return m;
}

inline ModelSpec mixtral_8x7b() {
  ModelSpec m = llama_3_8b();
  m.name = "mixtral-8x7b";
  m.intermediate_size = 0;
  m.vocab_size = 32000;
  m.moe =
      MixtureOfExperts{.num_experts = 8, .num_experts_per_tok = 2, .moe_intermediate_size = 14336};
  m.layers = {{32, true, TokenCount{0}}};
  return m;
}

// DeepSeek-V3: 3 dense layers, then 58 with 256 experts and one shared one.
inline ModelSpec deepseek_v3() {
  ModelSpec m;
  m.name = "deepseek-v3";
  m.num_hidden_layers = 61;
  m.hidden_size = 7168;
  m.intermediate_size = 18432;
  m.num_attention_heads = m.num_key_value_heads = 128;
  m.head_dim = 192;
  m.vocab_size = 129280;
  m.max_position_embeddings = 163840;
  m.mla = LatentAttention{.q_lora_rank = 1536,
                          .kv_lora_rank = 512,
                          .qk_nope_head_dim = 128,
                          .qk_rope_head_dim = 64,
                          .v_head_dim = 128};
  m.moe = MixtureOfExperts{.num_experts = 256,
                           .num_experts_per_tok = 8,
                           .moe_intermediate_size = 2048,
                           .shared_expert_intermediate_size = 2048,
                           .router_bias = true};
  m.layers = {{3, false, TokenCount{0}}, {58, true, TokenCount{0}}};
  return m;
}

// gpt-oss-20b's attention: every other layer slides a window of 128.
inline ModelSpec alternating_windows() {
  ModelSpec m = llama_3_8b();
  m.layers.clear();
  for (int i = 0; i < 16; ++i) {
    m.layers.push_back({1, false, TokenCount{128}});
    m.layers.push_back({1, false, TokenCount{0}});
  }
  return m;
}

}  // namespace headroom::testing
