#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/diagnostic.hpp"
#include "tests/unit/workloads/models/config_text.hpp"

namespace headroom {
namespace {

using testing::config_text;

std::string refusal(const std::string& json) {
  try {
    read_model_config_text(json, "c.json", "test");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("what is wrong with a config.json is named with its position", "[models]") {
  struct Case {
    const char* model_type;
    const char* more;
    const char* says;
  };
  const auto [model_type, more, says] = GENERATE(values<Case>({
      {"mamba", "",
       "c.json:1:16: error: 'model_type' has the unknown value 'mamba'; valid values: bloom, "
       "dbrx,"},
      {"llame", "",
       "c.json:1:16: error: 'model_type' has the unknown value 'llame'; did you mean 'llama'?"},
      {"llama", "", "missing key 'intermediate_size'"},
      {"llama", R"("intermediate_size": 64, "ssm_state_size": 16)",
       "c.json:3:26: error: unknown key 'ssm_state_size' for model_type 'llama': its influence on "
       "performance is not modelled"},
      {"llama", R"("intermediate_size": 64, "linear_num_key_heads": 16)",
       "unknown key 'linear_num_key_heads'"},
      {"llama", R"("intermediate_size": 64, "num_experts": 8)",
       "unknown key 'num_experts' for model_type 'llama'"},
      {"llama", R"("intermediat_size": 64)", "did you mean 'intermediate_size'?"},
      {"llama", R"("intermediate_size": -4)",
       "c.json:3:22: error: 'intermediate_size' must be at least 1"},
      {"llama", R"("intermediate_size": "64")",
       "c.json:3:22: error: 'intermediate_size' must be a whole number"},
      {"llama", R"("intermediate_size": 1e30)", "'intermediate_size' must be a whole number"},
      {"llama", R"("intermediate_size": 99999999999)",
       "'intermediate_size' must be at least 1 and at most 10000000"},
      {"llama", R"("intermediate_size": [64])",
       "'intermediate_size' must be a single value, got a list"},
      {"llama", R"("intermediate_size": 64, "attention_bias": 3)", "'attention_bias'"},
      {"llama", R"("intermediate_size": 64, "is_encoder_decoder": true)",
       "'is_encoder_decoder' is true: only decoders"},
      {"qwen3", R"("intermediate_size": 64, "layer_types": ["full_attention"])",
       "'layer_types' has 1 entries for 4 layers"},
      {"qwen3",
       R"("intermediate_size": 64, "layer_types": ["full_attention", "linear_attention", "full_attention", "full_attention"])",
       "c.json:3:60: error: 'layer_types' has the value 'linear_attention', which is not modelled"},
      {"mixtral", R"("intermediate_size": 64, "num_local_experts": 2, "num_experts_per_tok": 4)",
       "'num_experts_per_tok' is more than the number of experts, 2"},
      {"mixtral", R"("intermediate_size": 64, "num_experts_per_tok": 4)",
       "missing key 'num_experts' (or 'num_local_experts', 'n_routed_experts', "
       "'num_routed_experts')"},
      {"minimax_m2",
       R"("intermediate_size": 64, "num_local_experts": 8, "num_experts_per_tok": 2, "attn_type_list": [1, 0, 1, 1])",
       "'attn_type_list' has a 0: linear (lightning) attention is not modelled"},
      {"opt", R"("ffn_dim": 64, "word_embed_proj_dim": 16)",
       "'word_embed_proj_dim' differs from 'hidden_size'"},
      {"qwen2_moe",
       R"("moe_intermediate_size": 64, "num_experts": 8, "num_experts_per_tok": 2, "mlp_only_layers": [1, "x"])",
       "'mlp_only_layers' must hold whole numbers from 0 to"},
      {"deepseek_v3",
       R"("moe_intermediate_size": 64, "n_routed_experts": 8, "num_experts_per_tok": 2, "first_k_dense_replace": 1)",
       "missing key 'kv_lora_rank'"},
      {"dbrx", R"("attn_config": 5)", "'attn_config' must be a map of keys, got a value"},
  }));
  INFO(more);
  CHECK_THAT(refusal(config_text(model_type, more)), Catch::Contains(says));
}

TEST_CASE("texts that are no config are refused", "[models]") {
  CHECK_THAT(refusal("[1, 2]"), Catch::Contains("the file must be a map of keys, got a list"));
  CHECK_THAT(refusal("{}"), Catch::Contains("'model_type' is missing"));
  CHECK_THAT(refusal(""), Catch::Contains("c.json: error: the file is empty"));
  CHECK_THAT(refusal("{\"model_type\": "), Catch::Contains("c.json:1"));
  CHECK_THAT(refusal("a: [1"), Catch::Contains("c.json:1") && Catch::Contains("not valid JSON"));
  CHECK_THAT(refusal(R"({"text_config": {"model_type": "mamba"}})"),
             Catch::Contains("'text_config.model_type' has the unknown value 'mamba'"));
}

TEST_CASE("heads that do not fit together are refused", "[models]") {
  const std::string base =
      R"({"model_type": "llama", "num_hidden_layers": 2, "vocab_size": 100, "intermediate_size": 64,
      "max_position_embeddings": 128, )";
  CHECK_THAT(
      refusal(base + R"("hidden_size": 100, "num_attention_heads": 3})"),
      Catch::Contains("'hidden_size' does not divide over 3 heads, and there is no 'head_dim'"));
  CHECK_THAT(
      refusal(base + R"("hidden_size": 64, "num_attention_heads": 4, "num_key_value_heads": 3})"),
      Catch::Contains("'num_key_value_heads' is 3, which does not divide the 4 attention heads"));
}

TEST_CASE("one mistake is one error", "[models]") {
  const auto lines = [](const std::string& text) {
    return 1 + std::count(text.begin(), text.end(), '\n');
  };
  const std::string heads = refusal(
      R"({"model_type": "llama", "num_hidden_layers": 2, "vocab_size": 100, "intermediate_size": 64,
      "max_position_embeddings": 128, "hidden_size": -1, "num_attention_heads": 3, "num_key_value_heads": 3})");
  CHECK_THAT(heads, Catch::Contains("'hidden_size' must be at least 1"));
  CHECK(lines(heads) == 1);
  const std::string key_heads = refusal(
      R"({"model_type": "llama", "num_hidden_layers": 2, "vocab_size": 100, "intermediate_size": 64,
      "max_position_embeddings": 128, "hidden_size": 64, "num_attention_heads": "4", "num_key_value_heads": 2})");
  CHECK(lines(key_heads) == 1);
  const std::string experts =
      refusal(config_text("mixtral", R"("intermediate_size": 64, "num_experts_per_tok": 4)"));
  CHECK_THAT(experts, Catch::Contains("missing key 'num_experts'"));
  CHECK(lines(experts) == 1);
  const std::string misspelt = refusal(config_text("llama", R"("intermediat_size": 64)"));
  CHECK(lines(misspelt) == 1);
}

TEST_CASE("everything wrong with a file is reported at once", "[models]") {
  try {
    read_model_config_text(config_text("llama", R"("intermediate_size": 0, "ssm": 1, "rnn": 2)"),
                           "c.json", "test");
    FAIL("accepted");
  } catch (const ConfigError& error) {
    CHECK(error.diagnostics().size() == 3);
  }
}

TEST_CASE("three ways of attending are one too many", "[models]") {
  CHECK_THAT(
      refusal(config_text(
          "qwen3", R"("intermediate_size": 64, "sliding_window": 8, "attention_chunk_size": 16,
      "layer_types": ["full_attention", "sliding_attention", "chunked_attention", "full_attention"])")),
      Catch::Contains("'layer_types' gives the layers more than two ways of attending"));
}

}  // namespace
}  // namespace headroom
