// Families without experts. Sources: the configuration and modelling classes of Hugging Face
// transformers.
#include "workloads/models/families.hpp"

namespace headroom {
namespace {

void read_intermediate(ConfigKeys& keys, ModelSpec& spec) {
  spec.intermediate_size = keys.count({"intermediate_size"}, 1, kLargestWidth);
}

// The pre-Llama decoder: LayerNorm, biases everywhere, an MLP of two matrices.
void classic_decoder(ModelSpec& spec) {
  spec.gated_mlp = false;
  spec.norm_bias = true;
  spec.attention_bias = spec.attention_output_bias = spec.mlp_bias = true;
}

void read_llama(ConfigKeys& keys, ModelSpec& spec, LayerPlan&) {
  read_intermediate(keys, spec);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
  spec.mlp_bias = keys.flag("mlp_bias", false);
}

void read_mistral(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_intermediate(keys, spec);
  const std::int64_t window = sliding_window(keys);
  plan_windows(keys, plan, [window](std::int64_t) { return window; });
}

void read_phi3(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_mistral(keys, spec, plan);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
}

// Qwen slides its window in the upper layers only, and only when asked to.
void plan_qwen_windows(ConfigKeys& keys, LayerPlan& plan) {
  const std::int64_t window = sliding_window(keys);
  const auto first =
      keys.optional_count({"max_window_layers"}, 0, kLargestCount).value_or(plan.size());
  const bool used = keys.flag("use_sliding_window", false) && window > 0;
  plan_windows(keys, plan, [=](std::int64_t i) { return used && i >= first ? window : 0; });
}

void read_qwen2(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_intermediate(keys, spec);
  plan_qwen_windows(keys, plan);
  spec.attention_bias = true;
}

void read_qwen3(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_intermediate(keys, spec);
  plan_qwen_windows(keys, plan);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
  spec.qk_norm_elements = 2 * spec.head_dim;
}

void read_gemma(ConfigKeys& keys, ModelSpec& spec, LayerPlan&) {
  read_intermediate(keys, spec);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
}

// Every `pattern`-th layer attends in full, the others slide.
void read_patterned_gemma(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan,
                          std::int64_t pattern) {
  read_gemma(keys, spec, plan);
  spec.norms_per_layer = 4;
  const std::int64_t window = sliding_window(keys);
  plan_windows(keys, plan, [=](std::int64_t i) { return (i + 1) % pattern != 0 ? window : 0; });
}

void read_gemma2(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_patterned_gemma(keys, spec, plan, 2);
}

void read_gemma3(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  const auto pattern =
      keys.optional_count({"sliding_window_pattern", "_sliding_window_pattern"}, 1, kLargestCount)
          .value_or(6);
  read_patterned_gemma(keys, spec, plan, pattern);
  spec.qk_norm_elements = 2 * spec.head_dim;
}

void read_phi(ConfigKeys& keys, ModelSpec& spec, LayerPlan&) {
  read_intermediate(keys, spec);
  classic_decoder(spec);
  spec.lm_head_bias = true;
  spec.parallel_blocks = true;
  spec.norms_per_layer = 1;
  if (!keys.has("partial_rotary_factor")) spec.rotary_fraction = 0.5;
  if (keys.flag("qk_layernorm", false)) spec.qk_norm_elements = 4 * spec.head_dim;
}

void read_opt(ConfigKeys& keys, ModelSpec& spec, LayerPlan&) {
  spec.intermediate_size = keys.count({"ffn_dim"}, 1, kLargestWidth);
  classic_decoder(spec);
  spec.rotary_fraction = 0;
  spec.learned_positions = true;
  if (!keys.flag("do_layer_norm_before", true)) spec.outer_norms = 0;
  if (!keys.flag("enable_bias", true))
    spec.attention_bias = spec.attention_output_bias = spec.mlp_bias = false;
  const auto projected = keys.optional_count({"word_embed_proj_dim"}, 1, kLargestWidth);
  if (projected && *projected != spec.hidden_size)
    keys.error("word_embed_proj_dim",
               "differs from 'hidden_size': projected embeddings are not modelled");
}

void read_bloom(ConfigKeys& keys, ModelSpec& spec, LayerPlan&) {
  classic_decoder(spec);
  spec.intermediate_size =
      keys.optional_count({"n_inner"}, 1, kLargestWidth).value_or(4 * spec.hidden_size);
  spec.rotary_fraction = 0;  // ALiBi: a bias on the scores
  spec.outer_norms = 2;
}

void read_gpt2(ConfigKeys& keys, ModelSpec& spec, LayerPlan&) {
  classic_decoder(spec);
  spec.intermediate_size =
      keys.optional_count({"n_inner"}, 1, kLargestWidth).value_or(4 * spec.hidden_size);
  keys.optional_count({"n_ctx"}, 1,
                      kLargestWidth);  // an old spelling of n_positions that has no effect
  spec.rotary_fraction = 0;
  spec.learned_positions = true;
  if (keys.flag("add_cross_attention", false))
    keys.error("add_cross_attention", "is true: cross attention is not modelled");
}

constexpr Family kFamilies[] = {
    {"llama", read_llama},
    {"mistral", read_mistral},
    {"qwen2", read_qwen2},
    {"qwen3", read_qwen3},
    {"phi", read_phi},
    {"phi3", read_phi3},
    {"gemma", read_gemma, true},
    {"gemma2", read_gemma2, true},
    {"gemma3", read_gemma3, true},
    {"gemma3_text", read_gemma3, true},
    {"opt", read_opt, true},
    {"bloom", read_bloom, true, 2048},
    {"gpt2", read_gpt2, true},
    {"gpt3", read_gpt2, true},  // ours: GPT-3 was never released, its shape is GPT-2's
};

}  // namespace

std::span<const Family> dense_families() { return kFamilies; }

}  // namespace headroom
