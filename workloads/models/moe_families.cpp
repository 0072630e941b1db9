// Families with experts. Sources: the configuration and modelling classes of Hugging Face
// transformers.
#include <algorithm>

#include "workloads/models/families.hpp"

namespace headroom {
namespace {

// All spellings of the expert count that occur, and of the experts per token.
void read_experts(ConfigKeys& keys, ModelSpec& spec, ConfigKeys::Spellings width) {
  const std::size_t errors_before = keys.errors();
  MixtureOfExperts moe;
  moe.num_experts =
      keys.count({"num_experts", "num_local_experts", "n_routed_experts", "num_routed_experts"}, 1,
                 kLargestCount);
  moe.num_experts_per_tok = keys.count(
      {"num_experts_per_tok", "experts_per_token", "num_experts_per_token"}, 1, kLargestCount);
  moe.moe_intermediate_size = keys.count(width, 1, kLargestWidth);
  if (keys.errors() == errors_before && moe.num_experts_per_tok > moe.num_experts)
    keys.error(keys.has("num_experts_per_tok") ? "num_experts_per_tok" : "experts_per_token",
               "is more than the number of experts, " + std::to_string(moe.num_experts));
  spec.moe = moe;
}

void read_shared_count(ConfigKeys& keys, ModelSpec& spec) {
  const auto shared =
      keys.optional_count({"n_shared_experts", "num_shared_experts"}, 0, kLargestCount).value_or(0);
  spec.moe->shared_expert_intermediate_size = shared * spec.moe->moe_intermediate_size;
}

void all_moe(LayerPlan& plan) { std::fill(plan.is_moe.begin(), plan.is_moe.end(), true); }

void plan_uniform_window(ConfigKeys& keys, LayerPlan& plan) {
  const std::int64_t window = sliding_window(keys);
  plan_windows(keys, plan, [window](std::int64_t) { return window; });
}

// DeepSeek's placement: the first layers are dense, after that every `moe_layer_freq`-th is MoE.
void plan_first_dense(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  const auto first = keys.optional_count({"first_k_dense_replace"}, 0, kLargestCount).value_or(0);
  const auto step = keys.optional_count({"moe_layer_freq"}, 1, kLargestCount).value_or(1);
  bool any_dense = false;
  for (std::int64_t i = 0; i < plan.size(); ++i) {
    const bool is_moe = i >= first && i % step == 0;
    plan.is_moe[static_cast<std::size_t>(i)] = is_moe;
    any_dense = any_dense || !is_moe;
  }
  // GLM-5 files say the same once more, layer by layer.
  if (const auto types = keys.optional_list("mlp_layer_types")) {
    for (std::size_t i = 0; i < types->size(); ++i)
      if (i < plan.is_moe.size() && ((*types)[i]->text == "sparse") != plan.is_moe[i])
        keys.error_at(*(*types)[i], "'mlp_layer_types' disagrees with 'first_k_dense_replace'");
  }
  const auto dense_width = keys.optional_count({"intermediate_size"}, 1, kLargestWidth);
  if (any_dense && !dense_width)
    keys.error("intermediate_size", "is missing, and some layers are dense");
  spec.intermediate_size = any_dense ? dense_width.value_or(1) : 0;
}

void read_mixtral(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"intermediate_size"});
  all_moe(plan);
  plan_uniform_window(keys, plan);
}

void read_phimoe(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_mixtral(keys, spec, plan);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
  spec.lm_head_bias = keys.flag("lm_head_bias", false);
  spec.norm_bias = true;
}

void read_olmoe(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"intermediate_size"});
  all_moe(plan);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
  spec.qk_norm_elements = (spec.num_attention_heads + spec.num_key_value_heads) * spec.head_dim;
}

void plan_qwen_moe(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  const auto step = keys.optional_count({"decoder_sparse_step"}, 1, kLargestCount).value_or(1);
  const auto dense = keys.optional_integers("mlp_only_layers", 0, kLargestCount)
                         .value_or(std::vector<std::int64_t>{});
  bool any_dense = false;
  for (std::int64_t i = 0; i < plan.size(); ++i) {
    const bool is_moe =
        (i + 1) % step == 0 && std::find(dense.begin(), dense.end(), i) == dense.end();
    plan.is_moe[static_cast<std::size_t>(i)] = is_moe;
    any_dense = any_dense || !is_moe;
  }
  const auto dense_width = keys.optional_count({"intermediate_size"}, 1, kLargestWidth);
  if (any_dense && !dense_width)
    keys.error("intermediate_size", "is missing, and some layers are dense");
  spec.intermediate_size = any_dense ? dense_width.value_or(1) : 0;
  const std::int64_t window = sliding_window(keys);
  const auto first =
      keys.optional_count({"max_window_layers"}, 0, kLargestCount).value_or(plan.size());
  const bool used = keys.flag("use_sliding_window", false) && window > 0;
  plan_windows(keys, plan, [=](std::int64_t i) { return used && i >= first ? window : 0; });
}

void read_qwen2_moe(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"moe_intermediate_size"});
  plan_qwen_moe(keys, spec, plan);
  spec.moe->shared_expert_intermediate_size =
      keys.optional_count({"shared_expert_intermediate_size"}, 0, kLargestWidth).value_or(0);
  spec.moe->shared_expert_gate = spec.moe->shared_expert_intermediate_size > 0;
  spec.attention_bias = keys.flag("qkv_bias", true);
}

void read_qwen3_moe(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"moe_intermediate_size"});
  plan_qwen_moe(keys, spec, plan);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
  spec.qk_norm_elements = 2 * spec.head_dim;
}

void read_latent_attention(ConfigKeys& keys, ModelSpec& spec) {
  LatentAttention mla;
  mla.q_lora_rank = keys.optional_count({"q_lora_rank"}, 0, kLargestWidth).value_or(0);
  mla.kv_lora_rank = keys.count({"kv_lora_rank"}, 1, kLargestWidth);
  mla.qk_nope_head_dim = keys.count({"qk_nope_head_dim"}, 1, kLargestWidth);
  mla.qk_rope_head_dim = keys.count({"qk_rope_head_dim"}, 1, kLargestWidth);
  mla.v_head_dim = keys.count({"v_head_dim"}, 1, kLargestWidth);
  spec.head_dim = mla.qk_nope_head_dim + mla.qk_rope_head_dim;
  spec.mla = mla;
  if (keys.flag("attention_bias", false))
    keys.error("attention_bias", "is true: biases of latent attention are not modelled");
}

void read_deepseek_v2(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"moe_intermediate_size"});
  read_shared_count(keys, spec);
  plan_first_dense(keys, spec, plan);
  read_latent_attention(keys, spec);
}

void read_deepseek_v3(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_deepseek_v2(keys, spec, plan);
  spec.moe->router_bias = true;  // the selection bias of the loss-free balancing
}

void read_sparse_mla(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_deepseek_v3(keys, spec, plan);
  SparseIndexer indexer;
  indexer.num_heads = keys.count({"index_n_heads"}, 1, kLargestCount);
  indexer.head_dim = keys.count({"index_head_dim"}, 1, kLargestWidth);
  indexer.topk = keys.count({"index_topk"}, 1, kLargestWidth);
  spec.indexer = indexer;
}

void read_glm4_moe(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"moe_intermediate_size"});
  read_shared_count(keys, spec);
  plan_first_dense(keys, spec, plan);
  spec.moe->router_bias = true;
  spec.attention_bias = keys.flag("attention_bias", false);
  if (keys.flag("use_qk_norm", false)) spec.qk_norm_elements = 2 * spec.head_dim;
  if (!keys.has("partial_rotary_factor")) spec.rotary_fraction = 0.5;
}

void read_minimax_m2(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"intermediate_size"});
  all_moe(plan);
  spec.moe->shared_expert_intermediate_size =
      keys.optional_count({"shared_intermediate_size"}, 0, kLargestWidth).value_or(0);
  spec.moe->router_bias = keys.flag("use_routing_bias", true);
  keys.optional_text("qk_norm_type");
  if (keys.flag("use_qk_norm", true))
    spec.qk_norm_elements = (spec.num_attention_heads + spec.num_key_value_heads) * spec.head_dim;
  if (const auto rotary = keys.optional_count({"rotary_dim"}, 0, kLargestWidth))
    spec.rotary_fraction =
        std::min(1.0, static_cast<double>(*rotary) / static_cast<double>(spec.head_dim));
  const auto kinds = keys.optional_integers("attn_type_list", 0, 1);
  if (kinds && std::find(kinds->begin(), kinds->end(), 0) != kinds->end())
    keys.error("attn_type_list", "has a 0: linear (lightning) attention is not modelled");
}

void read_gpt_oss(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"intermediate_size"});
  all_moe(plan);
  const std::int64_t window = sliding_window(keys);
  plan_windows(keys, plan, [window](std::int64_t i) { return i % 2 == 0 ? window : 0; });
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", true);
  spec.attention_sinks = true;
  spec.moe->router_bias = spec.moe->expert_bias = true;
}

void read_dbrx(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  all_moe(plan);
  const std::string type = "dbrx";
  if (const Node* attention = keys.optional_map("attn_config")) {
    ConfigKeys inner(*attention, "attn_config", keys.context());
    spec.num_key_value_heads = inner.optional_count({"kv_n_heads"}, 1, kLargestCount).value_or(1);
    constexpr std::string_view kIgnoredInner[] = {"clip_qkv", "rope_theta", "attn_pdrop",
                                                  "model_type"};
    inner.finish(kIgnoredInner, type);
  } else {
    keys.error("attn_config", "is missing");
  }
  const Node* ffn = keys.optional_map("ffn_config");
  if (ffn == nullptr) {
    keys.error("ffn_config", "is missing");
    return;
  }
  ConfigKeys inner(*ffn, "ffn_config", keys.context());
  const std::size_t errors_before = inner.errors();
  MixtureOfExperts moe;
  moe.num_experts = inner.count({"moe_num_experts"}, 1, kLargestCount);
  moe.num_experts_per_tok = inner.count({"moe_top_k"}, 1, kLargestCount);
  moe.moe_intermediate_size = inner.count({"ffn_hidden_size"}, 1, kLargestWidth);
  if (inner.errors() == errors_before && moe.num_experts_per_tok > moe.num_experts)
    inner.error("moe_top_k", "is more than the number of experts");
  spec.moe = moe;
  constexpr std::string_view kIgnoredInner[] = {"ffn_act_fn",
                                                "moe_jitter_eps",
                                                "moe_loss_weight",
                                                "uniform_expert_assignment",
                                                "moe_normalize_expert_weights",
                                                "model_type"};
  inner.finish(kIgnoredInner, type);
}

void plan_llama4_moe(ConfigKeys& keys, LayerPlan& plan) {
  const auto step =
      keys.optional_count({"interleave_moe_layer_step"}, 1, kLargestCount).value_or(1);
  for (std::int64_t i = step - 1; i < plan.size(); i += step)
    plan.is_moe[static_cast<std::size_t>(i)] = true;
  const auto listed = keys.optional_integers("moe_layers", 0, plan.size() - 1);
  if (!listed) return;
  std::fill(plan.is_moe.begin(), plan.is_moe.end(), false);
  for (const auto layer : *listed) plan.is_moe[static_cast<std::size_t>(layer)] = true;
}

void read_llama4(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan) {
  read_experts(keys, spec, {"intermediate_size"});
  spec.moe->shared_expert_intermediate_size =
      spec.moe->moe_intermediate_size;  // one shared expert, always
  spec.intermediate_size = keys.count({"intermediate_size_mlp"}, 1, kLargestWidth);
  plan_llama4_moe(keys, plan);
  spec.attention_bias = spec.attention_output_bias = keys.flag("attention_bias", false);
  keys.flag("use_qk_norm", true);  // without parameters
  // Layers without rotary positions attend in full, the others in chunks.
  const auto chunk = keys.optional_count({"attention_chunk_size"}, 1, 1'000'000'000).value_or(0);
  const auto interval =
      keys.optional_count({"no_rope_layer_interval"}, 1, kLargestCount).value_or(4);
  const auto rotary = keys.optional_integers("no_rope_layers", 0, 1);
  if (rotary && !rotary->empty() && static_cast<std::int64_t>(rotary->size()) != plan.size())
    keys.error("no_rope_layers", "has " + std::to_string(rotary->size()) + " entries for " +
                                     std::to_string(plan.size()) + " layers");
  plan_windows(keys, plan, [&](std::int64_t i) {
    const auto index = static_cast<std::size_t>(i);
    const bool rotates =
        rotary && index < rotary->size() ? (*rotary)[index] == 1 : (i + 1) % interval != 0;
    return rotates ? chunk : 0;
  });
}

constexpr Family kFamilies[] = {
    {"mixtral", read_mixtral},
    {"phimoe", read_phimoe},
    {"olmoe", read_olmoe},
    {"qwen2_moe", read_qwen2_moe},
    {"qwen3_moe", read_qwen3_moe},
    {"deepseek_v2", read_deepseek_v2},
    {"deepseek_v3", read_deepseek_v3},
    {"deepseek_v32", read_sparse_mla},
    {"kimi_k2", read_deepseek_v3},
    {"glm4_moe", read_glm4_moe},
    {"glm_moe_dsa", read_sparse_mla},
    {"glm5", read_sparse_mla},
    {"minimax_m2", read_minimax_m2},
    {"gpt_oss", read_gpt_oss},
    {"dbrx", read_dbrx},
    {"llama4", read_llama4},
    {"llama4_text", read_llama4},
};

}  // namespace

std::span<const Family> moe_families() { return kFamilies; }

}  // namespace headroom
