// KV blocks of real models, by hand: micro-scenarios 17 and 18 of the engine notes.
#include "sim/serving/kv_layout.hpp"

#include <catch2/catch.hpp>

#include "sim/serving/kv_cache.hpp"

namespace headroom {
namespace {

ModelSpec model_of(std::int64_t full, std::int64_t sliding) {
  ModelSpec model;
  model.num_hidden_layers = full + sliding;
  model.hidden_size = 4096;
  model.intermediate_size = 14336;
  model.num_attention_heads = 32;
  model.num_key_value_heads = 8;
  model.head_dim = 128;
  model.vocab_size = 128256;
  if (full > 0) model.layers.push_back({full, false, TokenCount{0}});
  if (sliding > 0) model.layers.push_back({sliding, false, TokenCount{1024}});
  return model;
}

KvLayout layout_of(const ModelSpec& model, std::int64_t tensor = 1) {
  return kv_layout(LoweredModel(model, DataTypes{}, Parallelism{tensor}), 16);
}

std::vector<std::int64_t> windows_of(const KvLayout& layout) {
  std::vector<std::int64_t> windows;
  for (const auto& group : layout.groups) windows.push_back(group.window);
  return windows;
}

TEST_CASE("micro-scenario 17: layers of a hybrid model fall into groups", "[serving][kv]") {
  using Windows = std::vector<std::int64_t>;
  const auto gpt = layout_of(model_of(10, 20));
  CHECK(gpt.layers_per_group == 10);
  CHECK(windows_of(gpt) == Windows{0, 1024, 1024});
  const auto even =
      layout_of(model_of(13, 12));  // 13 < 1.5 * 12: groups of 13, one layer is padding
  CHECK(even.layers_per_group == 13);
  CHECK(windows_of(even) == Windows{0, 1024});
  const auto uneven = layout_of(model_of(24, 40));  // 40 >= 36: groups of 24, 8 layers are padding
  CHECK(uneven.layers_per_group == 24);
  CHECK(windows_of(uneven) == Windows{0, 1024, 1024});
}

TEST_CASE("micro-scenario 17: a request takes blocks of every group", "[serving][kv]") {
  KvCache kv(layout_of(model_of(10, 20)), 100,
             {.prefix_caching = false,
              .reserve_full_sequence = true,
              .max_model_len = 4096,
              .max_tokens_in_flight = 64});
  Sequence s;
  s.prompt_tokens = s.known_tokens = 64;
  REQUIRE(kv.try_admit(s, 0, 64, false));
  CHECK(kv.pool().used_blocks() == 12);  // 3 groups of 64 / 16
}

TEST_CASE("micro-scenario 18: bytes of a block, and blocks of a GPU", "[serving][kv]") {
  // Llama-3.1-8B: 2 * 8 heads * 128 * 2 bytes * 16 tokens = 64 KiB per layer, 32 layers.
  const auto llama = layout_of(model_of(32, 0));
  CHECK(llama.block_bytes.value == 2.0 * 1024 * 1024);
  const auto blocks =
      static_cast<std::int64_t>(53.29 * 1024 * 1024 * 1024 / llama.block_bytes.value);
  CHECK(blocks == 27284);
  CHECK(blocks * llama.block_size == 436544);
  CHECK(layout_of(model_of(32, 0), 8).block_bytes.value == 256.0 * 1024);
  // Trap: more ranks than KV heads. Each rank still keeps one head.
  CHECK(layout_of(model_of(32, 0), 16).block_bytes.value == 256.0 * 1024);
}

// Trap: the latent cache has no factor 2, one head, and is not divided over ranks.
TEST_CASE("micro-scenario 18: the latent cache of DeepSeek-V3", "[serving][kv]") {
  ModelSpec model = model_of(61, 0);
  model.num_attention_heads = model.num_key_value_heads = 128;
  model.mla = LatentAttention{.q_lora_rank = 1536,
                              .kv_lora_rank = 512,
                              .qk_nope_head_dim = 128,
                              .qk_rope_head_dim = 64,
                              .v_head_dim = 128};
  for (const std::int64_t tensor : {1, 8}) {
    const LoweredModel lowered(model, DataTypes{}, Parallelism{tensor});
    CHECK(lowered.kv_bytes_per_token().value == 70272);  // 61 * 576 * 2
    CHECK(kv_layout(lowered, 64).block_bytes.value == 64.0 * 70272);
  }
}

// Trap: a head dimension that is not hidden_size / heads.
TEST_CASE("KV bytes follow the head dimension of the model, not hidden over heads",
          "[serving][kv]") {
  ModelSpec model = model_of(36, 0);
  model.hidden_size = 2560;  // Qwen3-4B: 2560 / 32 = 80, head_dim 128
  CHECK(layout_of(model).block_bytes.value == 36.0 * 16 * 2 * 8 * 128 * 2);
}

}  // namespace
}  // namespace headroom
