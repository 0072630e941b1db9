#include "sim/transformer/lowering.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/transformer/layer_parameters.hpp"

namespace headroom {
namespace {

// Arithmetic of the ops that are not GEMMs; all of them are bound by memory by orders of magnitude,
// so the figures need to be right in kind only.
constexpr double kNormFlopsPerElement = 5;  // add residual, square, accumulate, scale, weight
constexpr double kRopeFlopsPerElement = 3;  // two multiplications and an addition
constexpr double kActFlopsPerElement = 5;   // exponential, addition, division, two multiplications
constexpr double kSampleFlopsPerLogit = 3;  // maximum, exponential, accumulate

double real(std::int64_t count) { return static_cast<double>(count); }
std::int64_t whole(double count) { return std::llround(count); }

Op elementwise(OpKind kind, double flops, double bytes) {
  Op op;
  op.kind = kind;
  op.compute_type = DataType::kFp32;
  op.flops = Flops(flops);
  op.activation_bytes = Bytes(bytes);
  return op;
}

}  // namespace

LoweredModel::LoweredModel(const ModelSpec& model, const DataTypes& types,
                           const Parallelism& parallelism, const LoweringOptions& options)
    : model_(model),
      types_(types),
      parallelism_(parallelism),
      options_(options),
      attention_type_(attention_type(types)),
      weight_size_(bytes_per_element(types.weights)),
      input_size_(bytes_per_element(types.activations)),
      stream_size_(bytes_per_element(stream_type(types))),
      kv_size_(bytes_per_element(types.kv_cache)) {
  HEADROOM_CHECK(parallelism.tensor >= 1, "tensor parallelism is at least 1, got ",
                 parallelism.tensor);
  HEADROOM_CHECK(model.num_attention_heads % parallelism.tensor == 0,
                 "the heads divide over the ranks, got ", model.num_attention_heads, " over ",
                 parallelism.tensor);
  fill_spans();
}

Op LoweredModel::gemm(OpKind kind, double rows, double columns, double inner, double bias) const {
  Op op;
  op.kind = kind;
  op.compute_type = projection_type(types_);
  op.m = whole(rows);
  op.n = whole(columns);
  op.k = whole(inner);
  op.flops = Flops(2 * rows * columns * inner);
  op.weight_bytes = Bytes(columns * inner * weight_size_ + bias * stream_size_);
  op.activation_bytes = Bytes(rows * (inner * input_size_ + columns * stream_size_));
  return op;
}

// The hidden stream of a group: of what goes into its column-parallel projections and comes out of
// its row-parallel ones each rank is charged its share.
double LoweredModel::stream_share() const {
  return real(model_.hidden_size) / real(parallelism_.tensor);
}

Op LoweredModel::column_parallel(OpKind kind, double rows, double columns, double bias) const {
  Op op = gemm(kind, rows, columns, real(model_.hidden_size), bias);
  op.activation_bytes = Bytes(rows * (stream_share() * input_size_ + columns * stream_size_));
  return op;
}

Op LoweredModel::row_parallel(OpKind kind, double rows, double inner, double bias) const {
  Op op = gemm(kind, rows, real(model_.hidden_size), inner, bias);
  op.activation_bytes = Bytes(rows * (inner * input_size_ + stream_share() * stream_size_));
  return op;
}

void LoweredModel::qkv_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const {
  const RankHeads heads = heads_of_rank(model_, parallelism_.tensor);
  const auto parameters = attention_parameters(model_, parallelism_.tensor);
  double rotated = (heads.query + heads.key_value) * real(model_.head_dim) * model_.rotary_fraction;
  if (!model_.mla) {
    const double columns = (heads.query + 2 * heads.key_value) * real(model_.head_dim);
    out.push_back(
        {column_parallel(OpKind::kQkvProj, tokens, columns, parameters.qkv_bias), layers});
  } else {
    const LatentAttention& mla = *model_.mla;
    const double query_rank = real(mla.q_lora_rank), latent = real(mla.kv_lora_rank),
                 rope = real(mla.qk_rope_head_dim);
    const double query = heads.query * (real(mla.qk_nope_head_dim) + rope);
    const double key_value = heads.query * real(mla.qk_nope_head_dim + mla.v_head_dim);
    // Every projection reads its input and writes its output; several GEMMs, so the op has no
    // single shape.
    Op op = gemm(OpKind::kQkvProj, tokens, 0, 0, parameters.qkv_bias);
    op.flops = Flops(2 * tokens * parameters.qkv_matrices);
    op.weight_bytes += Bytes(parameters.qkv_matrices * weight_size_);
    const double inputs = stream_share() + query_rank + latent;
    const double outputs = query_rank + query + latent + rope + key_value;
    op.activation_bytes = Bytes(tokens * (inputs * input_size_ + outputs * stream_size_));
    op.m = 0;
    out.push_back({op, layers});
    rotated = (heads.query + 1) * rope;
  }
  if (rotated > 0)
    out.push_back({elementwise(OpKind::kRope, tokens * rotated * kRopeFlopsPerElement,
                               2 * tokens * rotated * stream_size_),
                   layers});
}

void LoweredModel::output_projection_ops(double tokens, std::int64_t layers,
                                         std::vector<OpCount>& out) const {
  const RankHeads heads = heads_of_rank(model_, parallelism_.tensor);
  const auto parameters = attention_parameters(model_, parallelism_.tensor);
  // Columns of the attention output.
  const double context = heads.query * real(model_.mla ? model_.mla->v_head_dim : model_.head_dim);
  out.push_back({row_parallel(OpKind::kOProj, tokens, context, parameters.o_bias), layers});
}

void LoweredModel::dense_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const {
  if (layers == 0) return;
  const double width = real(model_.intermediate_size) / real(parallelism_.tensor);
  const double columns = gate_up_columns(model_, width);
  out.push_back(
      {column_parallel(OpKind::kGateUpProj, tokens, columns, model_.mlp_bias ? columns : 0),
       layers});
  out.push_back({elementwise(OpKind::kAct, tokens * width * kActFlopsPerElement,
                             tokens * (columns + width) * stream_size_),
                 layers});
  out.push_back({row_parallel(OpKind::kDownProj, tokens, width,
                              model_.mlp_bias ? real(model_.hidden_size) : 0),
                 layers});
}

void LoweredModel::moe_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const {
  if (layers == 0) return;
  const MixtureOfExperts& moe = *model_.moe;
  const auto parameters = expert_parameters(model_, parallelism_.tensor);
  const double hidden = real(model_.hidden_size), experts = real(moe.num_experts);
  // Bytes of one token through one MLP: both GEMMs' inputs and outputs, and the activation between
  // them.
  const auto mlp_bytes = [&](double width) {
    const double columns = gate_up_columns(model_, width);
    return (stream_share() + width) * input_size_ + (columns + stream_share()) * stream_size_ +
           (columns + width) * stream_size_;
  };

  Op router = gemm(OpKind::kMoeRouter, tokens, experts, hidden, 0);
  router.compute_type = stream_type(types_);
  router.weight_bytes = Bytes((parameters.router + parameters.router_vectors) * stream_size_);
  router.activation_bytes = Bytes(tokens * (hidden + experts) * stream_size_);
  out.push_back({router, layers});

  Op routed;
  routed.kind = OpKind::kMoeExperts;
  routed.compute_type = projection_type(types_);
  const double visits = tokens * real(moe.num_experts_per_tok);
  routed.flops = Flops(2 * visits * parameters.one_expert);
  routed.weight_bytes =
      Bytes(expected_distinct_experts(moe, tokens) *
            (parameters.one_expert * weight_size_ + parameters.one_expert_vectors * stream_size_));
  routed.activation_bytes =
      Bytes(visits * mlp_bytes(real(moe.moe_intermediate_size) / real(parallelism_.tensor)));
  out.push_back({routed, layers});

  if (moe.shared_expert_intermediate_size == 0) return;
  Op shared = routed;
  shared.kind = OpKind::kMoeSharedExperts;
  shared.flops = Flops(2 * tokens * (parameters.shared + parameters.shared_vectors));
  shared.weight_bytes =
      Bytes(parameters.shared * weight_size_ + parameters.shared_vectors * stream_size_);
  shared.activation_bytes = Bytes(
      tokens * mlp_bytes(real(moe.shared_expert_intermediate_size) / real(parallelism_.tensor)));
  out.push_back({shared, layers});
}

// A rank finds 1/n of the tokens in its part of the vocabulary; positions, if learned, are
// replicated.
void LoweredModel::embed_op(double tokens, std::vector<OpCount>& out) const {
  const double ranks = real(parallelism_.tensor);
  const double stream = tokens * real(model_.hidden_size) * stream_size_;
  Op embed = elementwise(OpKind::kEmbed, 0, stream);
  embed.weight_bytes = Bytes(stream / ranks + (model_.learned_positions ? stream : 0));
  embed.comm_bytes = Bytes(2 * ring_share() * stream);
  out.push_back({embed, 1});
}

void LoweredModel::norm_ops(double tokens, std::int64_t norms, std::vector<OpCount>& out) const {
  const double hidden = real(model_.hidden_size);
  Op norm = elementwise(OpKind::kNorm, tokens * hidden * kNormFlopsPerElement,
                        4 * tokens * hidden * stream_size_);
  norm.weight_bytes = Bytes(hidden * (model_.norm_bias ? 2 : 1) * stream_size_);
  out.push_back({norm, norms});
}

void LoweredModel::all_reduce_ops(double tokens, std::int64_t layers,
                                  std::vector<OpCount>& out) const {
  if (parallelism_.tensor == 1) return;
  const double hidden = real(model_.hidden_size);
  const double sent = 2 * ring_share() * tokens * hidden * stream_size_;
  Op reduce = elementwise(OpKind::kAllReduce, ring_share() * tokens * hidden, sent);
  reduce.comm_bytes = Bytes(sent);
  reduce.compute_type = stream_type(types_);
  out.push_back({reduce, layers * (model_.parallel_blocks ? 1 : 2)});
}

double LoweredModel::ring_share() const {
  const double ranks = real(parallelism_.tensor);
  return (ranks - 1) / ranks;
}

void LoweredModel::token_ops(double new_tokens, std::vector<OpCount>& out) const {
  if (new_tokens <= 0) return;
  const std::int64_t layers = model_.num_hidden_layers, moe = moe_layers(model_);
  embed_op(new_tokens, out);
  norm_ops(new_tokens, model_.norms_per_layer * layers + model_.outer_norms, out);
  qkv_ops(new_tokens, layers, out);
  output_projection_ops(new_tokens, layers, out);
  moe_ops(new_tokens, moe, out);
  dense_ops(new_tokens, layers - moe, out);
  all_reduce_ops(new_tokens, layers, out);
}

void LoweredModel::embedding_ops(double tokens, std::vector<OpCount>& out) const {
  if (tokens <= 0) return;
  embed_op(tokens, out);
  if (model_.outer_norms > 0) norm_ops(tokens, model_.outer_norms, out);
}

void LoweredModel::pre_attention_ops(double tokens, std::vector<OpCount>& out) const {
  if (tokens <= 0) return;
  norm_ops(tokens, 1, out);
  qkv_ops(tokens, 1, out);
}

void LoweredModel::post_attention_ops(double tokens, bool is_moe, std::vector<OpCount>& out) const {
  if (tokens <= 0) return;
  output_projection_ops(tokens, 1, out);
  if (model_.norms_per_layer > 1) norm_ops(tokens, model_.norms_per_layer - 1, out);
  moe_ops(tokens, is_moe ? 1 : 0, out);
  dense_ops(tokens, is_moe ? 0 : 1, out);
  all_reduce_ops(tokens, 1, out);
}

void LoweredModel::sampling_ops(double sampled, std::vector<OpCount>& out) const {
  if (sampled <= 0) return;
  const double hidden = real(model_.hidden_size), vocabulary = real(model_.vocab_size),
               ranks = real(parallelism_.tensor);
  const double columns = vocabulary / ranks;
  Op head = gemm(OpKind::kLmHead, sampled, columns, hidden, 0);
  head.compute_type = stream_type(types_);
  head.weight_bytes =
      Bytes((columns * hidden + (model_.lm_head_bias ? columns : 0)) * stream_size_);
  head.activation_bytes = Bytes(sampled * (hidden + columns) * stream_size_);
  head.comm_bytes =
      Bytes((ranks - 1) * sampled * columns * stream_size_);  // ring all-gather of the logits
  out.push_back({head, 1});
  out.push_back({elementwise(OpKind::kSample, sampled * vocabulary * kSampleFlopsPerLogit,
                             sampled * vocabulary * stream_size_),
                 1});
}

std::vector<OpCount> lower_iteration(const LoweredModel& model, const BatchSummary& batch) {
  std::vector<OpCount> ops, attention;
  for (std::size_t i = 0; i < model.spans().size(); ++i) {
    const auto span = static_cast<int>(i);
    const auto price = [&](const AttentionSums& sums, double fresh, auto lower) {
      if (fresh > 0)
        attention.push_back(
            {(model.*lower)(span, fresh, real(sums.pairs), real(sums.kv_read_tokens)),
             model.spans()[i].instances});
    };
    price(batch.prefill[i], real(batch.prefill_tokens), &LoweredModel::prefill_attention);
    price(batch.decode[i], real(batch.decode_sequences), &LoweredModel::decode_attention);
  }
  model.token_ops(real(batch.new_tokens), ops);
  model.sampling_ops(real(batch.sampled_sequences), attention);
  ops.insert(ops.end(), attention.begin(), attention.end());
  std::stable_sort(ops.begin(), ops.end(),
                   [](const auto& a, const auto& b) { return a.op.kind < b.op.kind; });
  return ops;
}

}  // namespace headroom
