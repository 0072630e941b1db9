#include "workloads/models/model_config.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/workloads/models/config_text.hpp"

namespace headroom {
namespace {

using testing::read_config;

// "dense x3, moe x1 window 8": groups in order.
std::string shape(const ModelSpec& spec) {
  std::string text;
  for (const auto& group : spec.layers) {
    text += (text.empty() ? "" : ", ") + std::string(group.is_moe ? "moe" : "dense") + " x" +
            std::to_string(group.count);
    if (group.sliding_window.value > 0)
      text += " window " + std::to_string(group.sliding_window.value);
  }
  return text;
}

TEST_CASE("what a llama config leaves out is what Hugging Face defaults to", "[models]") {
  const auto spec = read_model_config_text(
      R"({"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4,
          "intermediate_size": 128, "vocab_size": 100, "max_position_embeddings": 512, "rope_theta": 1e4, "head_dim": null})",
      "config.json", "test");
  CHECK(spec.num_key_value_heads == 4);
  CHECK(spec.head_dim == 16);
  CHECK_FALSE(spec.tie_word_embeddings);
  CHECK_FALSE(spec.attention_bias);
  CHECK(spec.gated_mlp);
  CHECK(shape(spec) == "dense x2");
}

TEST_CASE("all spellings of the expert count are read", "[models]") {
  for (const std::string spelling :
       {"num_local_experts", "num_experts", "n_routed_experts", "num_routed_experts"}) {
    INFO(spelling);
    const auto spec =
        read_config("mixtral", "\"intermediate_size\": 64, \"num_experts_per_tok\": 2, \"" +
                                   spelling + "\": 8");
    CHECK(spec.moe->num_experts == 8);
    CHECK(spec.moe->moe_intermediate_size == 64);
    CHECK(shape(spec) == "moe x4");
  }
}

TEST_CASE("two spellings of one thing may stand together when they agree", "[models]") {
  const std::string oss =
      R"("head_dim": 16, "intermediate_size": 64, "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": 128, )";
  CHECK(read_config("gpt_oss", oss + R"("experts_per_token": 2)").moe->num_experts_per_tok == 2);
  CHECK_THROWS_WITH(
      read_config("gpt_oss", oss + R"("experts_per_token": 4)"),
      Catch::Contains(
          "'experts_per_token' is 4, but 'num_experts_per_tok', another spelling of it, is 2"));
}

TEST_CASE("dense and MoE layers interleave as each family says", "[models]") {
  const std::string qwen =
      R"("intermediate_size": 64, "moe_intermediate_size": 16, "num_experts": 8, "num_experts_per_tok": 2)";
  CHECK(shape(read_config("qwen3_moe", qwen)) == "moe x4");
  CHECK(shape(read_config("qwen3_moe", qwen + R"(, "decoder_sparse_step": 2)")) ==
        "dense x1, moe x1, dense x1, moe x1");
  CHECK(shape(read_config("qwen2_moe", qwen + R"(, "mlp_only_layers": [0, 3])")) ==
        "dense x1, moe x2, dense x1");
  const std::string deepseek =
      R"("intermediate_size": 64, "moe_intermediate_size": 16, "n_routed_experts": 8, "num_experts_per_tok": 2,
         "n_shared_experts": 2, "q_lora_rank": null, "kv_lora_rank": 8, "qk_nope_head_dim": 16, "qk_rope_head_dim": 8,
         "v_head_dim": 16)";
  const auto spec = read_config("deepseek_v2", deepseek + R"(, "first_k_dense_replace": 1)");
  CHECK(shape(spec) == "dense x1, moe x3");
  CHECK(spec.mla->q_lora_rank == 0);
  CHECK(spec.moe->shared_expert_intermediate_size == 32);
  const std::string llama4 =
      R"("head_dim": 16, "intermediate_size": 16, "intermediate_size_mlp": 64, "num_local_experts": 8, "num_experts_per_tok": 1)";
  CHECK(shape(read_config("llama4_text", llama4 + R"(, "interleave_moe_layer_step": 2)")) ==
        "dense x1, moe x1, dense x1, moe x1");
  CHECK(shape(read_config("llama4_text", llama4 + R"(, "moe_layers": [2])")) ==
        "dense x2, moe x1, dense x1");
}

TEST_CASE("sliding windows are on the layers each family puts them on", "[models]") {
  const std::string mlp = R"("intermediate_size": 64)";
  CHECK(shape(read_config("mistral", mlp + R"(, "sliding_window": 1024)")) ==
        "dense x4 window 1024");
  CHECK(shape(read_config("mistral", mlp + R"(, "sliding_window": null)")) == "dense x4");
  CHECK(shape(read_config("mistral", mlp + R"(, "sliding_window": 4096)")) ==
        "dense x4");  // covers all positions
  const std::string qwen = mlp + R"(, "sliding_window": 1024, "max_window_layers": 3)";
  CHECK(shape(read_config("qwen2", qwen)) == "dense x4");
  CHECK(shape(read_config("qwen2", qwen + R"(, "use_sliding_window": true)")) ==
        "dense x3, dense x1 window 1024");
  CHECK(shape(read_config("gemma2", mlp + R"(, "sliding_window": 64)")) ==
        "dense x1 window 64, dense x1, dense x1 window 64, dense x1");
  CHECK(shape(read_config("gemma3_text",
                          mlp + R"(, "sliding_window": 64, "sliding_window_pattern": 3)")) ==
        "dense x2 window 64, dense x1, dense x1 window 64");
  CHECK(shape(read_config(
            "qwen3",
            mlp + R"(, "sliding_window": 64, "layer_types": ["full_attention", "sliding_attention",
        "sliding_attention", "full_attention"])")) == "dense x1, dense x2 window 64, dense x1");
}

TEST_CASE("gpt-oss alternates a window of 128 with full attention", "[models]") {
  const auto spec =
      read_config("gpt_oss", R"("head_dim": 16, "intermediate_size": 64, "num_local_experts": 8,
      "num_experts_per_tok": 2, "sliding_window": 128)");
  CHECK(shape(spec) == "moe x1 window 128, moe x1, moe x1 window 128, moe x1");
  CHECK(spec.attention_sinks);
}

TEST_CASE("llama 4 attends in chunks on the layers with rotary positions", "[models]") {
  const auto spec = read_config(
      "llama4_text", R"("head_dim": 16, "intermediate_size": 16, "intermediate_size_mlp": 64,
      "num_local_experts": 8, "num_experts_per_tok": 1, "attention_chunk_size": 256, "no_rope_layers": [1, 1, 1, 0])");
  CHECK(shape(spec) == "moe x3 window 256, moe x1");
  CHECK(spec.moe->shared_expert_intermediate_size == 16);
}

TEST_CASE("the nested sections of dbrx are read", "[models]") {
  const auto spec = read_model_config_text(
      R"({"model_type": "dbrx", "d_model": 64, "n_layers": 3, "n_heads": 4, "max_seq_len": 512, "vocab_size": 100,
          "attn_config": {"kv_n_heads": 2, "clip_qkv": 8}, "ffn_config": {"ffn_hidden_size": 32, "moe_num_experts": 16,
          "moe_top_k": 4}})",
      "config.json", "test");
  CHECK(spec.num_key_value_heads == 2);
  CHECK(spec.moe->num_experts == 16);
  CHECK(shape(spec) == "moe x3");
}

TEST_CASE("older decoders have two MLP matrices and biases and no rotary positions", "[models]") {
  const auto opt = read_config("opt", R"("ffn_dim": 128, "word_embed_proj_dim": 32)");
  CHECK_FALSE(opt.gated_mlp);
  CHECK(opt.learned_positions);
  CHECK(opt.tie_word_embeddings);
  CHECK(opt.rotary_fraction == 0);
  const auto gpt = read_model_config_text(
      R"({"model_type": "gpt2", "n_embd": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100, "n_positions": 128, "n_inner": null})",
      "config.json", "test");
  CHECK(gpt.intermediate_size == 256);
  const auto bloom = read_model_config_text(
      R"({"model_type": "bloom", "hidden_size": 64, "n_layer": 2, "n_head": 4, "vocab_size": 100})",
      "config.json", "test");
  CHECK(bloom.max_position_embeddings == 2048);
  CHECK(bloom.outer_norms == 2);
  const auto phi = read_config("phi", R"("intermediate_size": 128)");
  CHECK(phi.parallel_blocks);
  CHECK(phi.norms_per_layer == 1);
}

TEST_CASE("the sparse index of GLM-5 is read", "[models]") {
  const auto spec = read_config(
      "glm_moe_dsa", R"("intermediate_size": 64, "moe_intermediate_size": 16, "n_routed_experts": 8,
      "num_experts_per_tok": 2, "n_shared_experts": 1, "first_k_dense_replace": 3, "q_lora_rank": 8, "kv_lora_rank": 8,
      "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 16, "index_n_heads": 4, "index_head_dim": 8,
      "index_topk": 64, "mlp_layer_types": ["dense", "dense", "dense", "sparse"])");
  REQUIRE(spec.indexer);
  CHECK(spec.indexer->topk == 64);
  CHECK(shape(spec) == "dense x3, moe x1");
}

TEST_CASE("of a multimodal model the text part is read", "[models]") {
  const auto spec = read_model_config_text(
      R"({"model_type": "gemma3", "vision_config": {"hidden_size": 5}, "text_config": {"model_type": "gemma3_text",
          "num_hidden_layers": 6, "hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
          "intermediate_size": 128, "vocab_size": 100, "max_position_embeddings": 4096, "sliding_window": 1024}})",
      "config.json", "test");
  CHECK(shape(spec) == "dense x5 window 1024, dense x1");
  CHECK(spec.norms_per_layer == 4);
}

TEST_CASE("the stored number format is carried with its position", "[models]") {
  const auto spec = testing::read_config("llama", R"("intermediate_size": 64,
"quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]})");
  REQUIRE(spec.quantization);
  CHECK(spec.quantization->method == "fp8");
  CHECK(spec.quantization->where.file == "config.json");
  CHECK(spec.quantization->where.line == 4);
  CHECK(spec.quantization->where.column == 1);
  CHECK_FALSE(testing::read_config("llama", R"("intermediate_size": 64)").quantization);
  CHECK_FALSE(
      testing::read_config("llama", R"("intermediate_size": 64, "quantization_config": null)")
          .quantization);
  // Without a quant_method it is quantised all the same.
  CHECK(testing::read_config("llama",
                             R"("intermediate_size": 64, "quantization_config": {"bits": 4})")
            .quantization);
  const auto multimodal =
      read_model_config_text(R"({"quantization_config": {"quant_method": "awq"}, "text_config": )" +
                                 testing::config_text("llama", R"("intermediate_size": 64)") + "}",
                             "config.json", "test");
  REQUIRE(multimodal.quantization);
  CHECK(multimodal.quantization->method == "awq");
}

}  // namespace
}  // namespace headroom
