#include "workloads/models/ignored_keys.hpp"

namespace headroom {
namespace {

constexpr std::string_view kIgnored[] = {
    // Bookkeeping of files and libraries.
    "_commit_hash", "_name_or_path", "_remove_final_layer_norm", "architectures", "auto_map", "bos_token_id", "eos_token_id",
    "pad_token_id", "sep_token_id", "decoder_start_token_id", "custom_pipelines", "id2label", "label2id", "model_type",
    "prefix", "problem_type", "return_dict", "task_specific_params", "tokenizer_class", "torch_dtype", "dtype",
    "transformers_version", "transformers.js_config", "unk_token_id", "unsloth_fixed", "unsloth_version", "use_cache",
    "output_attentions", "output_hidden_states", "finetuning_task", "num_labels", "swiglu_limit", "name", "initial_context_length",
    // Stored number format: the scenario's `dtype` decides, and must when there is one (ModelSpec::quantization).
    "quantization_config", "compression_config",
    // Training.
    "aux_loss_alpha", "attention_dropout", "attn_pdrop", "classifier_dropout", "classifier_activation", "dropout", "embd_pdrop",
    "embedding_dropout", "emb_pdrop", "resid_pdrop", "resid_pdrop", "hidden_dropout", "hidden_dropout_prob", "activation_dropout",
    "layerdrop", "init_std", "initializer_range", "initializer_cutoff_factor", "input_jitter_noise", "router_jitter_noise",
    "output_router_logits", "router_aux_loss_coef", "router_z_loss_coef", "seq_aux", "sep_token", "summary_activation",
    "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj", "masked_softmax_fusion",
    "bias_dropout_fusion", "gradient_checkpointing", "use_flash_attn", "flash_attn", "fused_dense", "fused_rotary",
    // Values inside the arithmetic, not its amount.
    "activation_function", "activation", "apply_residual_connection_post_layernorm", "attention_softmax_in_fp32", "attn_scale",
    "attn_temperature_tuning", "attn_logit_softcapping", "clip_qkv", "embedding_multiplier", "final_logit_softcapping",
    "floor_scale", "hidden_act", "hidden_activation", "indexer_rope_interleave", "layer_norm_elementwise_affine",
    "layer_norm_eps", "layer_norm_epsilon", "layernorm_epsilon", "logits_scaling", "norm_topk_prob", "offset_alibi", "query_pre_attn_scalar",
    "reorder_and_upcast_attn", "rms_norm_eps", "rope_interleave", "rope_local_base_freq", "rope_parameters", "rope_ratio",
    "rope_scaling", "rope_theta", "original_max_position_embeddings", "routed_scaling_factor", "scale_attn_by_inverse_layer_idx",
    "scale_attn_weights", "scoring_func", "slow_but_exact", "topk_method", "n_group", "topk_group", "skip_bias_add",
    "skip_bias_add_qkv", "unmasked_softmax_fusion", "qk_head_dim", "alpha", "block_auto_adjust_special_tokens", "truncate_only",
    // Where and how it was trained or is meant to be run.
    "ep_size", "pretraining_tp", "for_llm_compression", "cache_implementation", "resid_attn_scale", "experts_implementation",
    "use_bidirectional_attention",
    // Multi-token prediction: extra layers that plain decoding does not run.
    "num_nextn_predict_layers", "num_mtp_modules", "mtp_transformer_layers", "use_mtp",
};

constexpr std::string_view kIgnoredMultimodal[] = {
    "vision_config", "audio_config", "boi_token_index", "eoi_token_index", "image_token_index", "image_token_id", "mm_tokens_per_image",
    "vision_feature_layer", "vision_feature_select_strategy", "multimodal_projector_bias", "projector_hidden_act",
    "spatial_merge_size", "tie_word_embeddings", "media_placeholder_token_id", "ignore_index", "use_unified_vision_chunk",
    "video_placeholder",
};

}  // namespace

std::span<const std::string_view> ignored_keys() { return kIgnored; }
std::span<const std::string_view> ignored_multimodal_keys() { return kIgnoredMultimodal; }

}  // namespace headroom
