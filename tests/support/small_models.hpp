// tests/support/small_models.hpp -- models of a few layers, one of each kind, and a GPU slow enough
// that their iterations take microseconds: tests can then run thousands of simulations and still
// see every nanosecond.
#pragma once

#include <cstdint>

#include "hwmodels/compute/gpu_spec.hpp"
#include "sim/transformer/lowering.hpp"
#include "sim/transformer/model_spec.hpp"

namespace headroom::test {

inline ModelSpec dense_model() {
  ModelSpec model;
  model.name = "small-dense";
  model.num_hidden_layers = 4;
  model.hidden_size = 64;
  model.intermediate_size = 192;
  model.num_attention_heads = 4;
  model.num_key_value_heads = 2;
  model.head_dim = 16;
  model.vocab_size = 500;
  model.max_position_embeddings = 4096;
  model.layers = {{4, false, TokenCount{0}}};
  return model;
}

// Every layer sees the last `window` tokens only.
inline ModelSpec window_model(std::int64_t window) {
  ModelSpec model = dense_model();
  model.name = "small-window";
  model.layers = {{4, false, TokenCount{window}}};
  return model;
}

// 2 full and 4 sliding layers: groups of 2 layers, one full and two sliding.
inline ModelSpec hybrid_model(std::int64_t window) {
  ModelSpec model = dense_model();
  model.name = "small-hybrid";
  model.num_hidden_layers = 6;
  model.layers = {{2, false, TokenCount{0}}, {4, false, TokenCount{window}}};
  return model;
}

inline ModelSpec latent_model() {
  ModelSpec model = dense_model();
  model.name = "small-latent";
  model.num_key_value_heads = 4;
  model.mla = LatentAttention{.q_lora_rank = 32,
                              .kv_lora_rank = 24,
                              .qk_nope_head_dim = 16,
                              .qk_rope_head_dim = 8,
                              .v_head_dim = 16};
  return model;
}

// A learned index over the full context, attention over the best few tokens.
inline ModelSpec indexed_model() {
  ModelSpec model = latent_model();
  model.name = "small-indexed";
  model.indexer = SparseIndexer{.num_heads = 2, .head_dim = 8, .topk = 16};
  return model;
}

inline ModelSpec expert_model() {
  ModelSpec model = dense_model();
  model.name = "small-experts";
  model.layers = {{1, false, TokenCount{0}}, {3, true, TokenCount{0}}};
  MixtureOfExperts moe;
  moe.num_experts = 8;
  moe.num_experts_per_tok = 2;
  moe.moe_intermediate_size = 48;
  moe.shared_expert_intermediate_size = 48;
  model.moe = moe;
  return model;
}

// About 200 kB of weights take 0.2 ms; 50 GFLOP/s make chunks of some ten tokens bound by
// arithmetic.
inline GpuSpec slow_gpu() {
  GpuSpec gpu;
  gpu.name = "slow";
  gpu.sm_count = 1;
  gpu.fp32 = FlopsPerSecond{25e9};
  gpu.bf16 = FlopsPerSecond{50e9};
  gpu.hbm_capacity = Bytes{1e9};
  gpu.hbm_bandwidth = BytesPerSecond{1e9};
  return gpu;
}

}  // namespace headroom::test
