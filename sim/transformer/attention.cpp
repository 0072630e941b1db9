#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"
#include "sim/transformer/layer_parameters.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

}  // namespace

void LoweredModel::fill_spans() {
  for (const auto& group : model_.layers) {
    const std::int64_t window = group.sliding_window.value;
    const auto known = std::find_if(spans_.begin(), spans_.end(),
                                    [&](const auto& s) { return s.window == window; });
    auto& span = known == spans_.end() ? spans_.emplace_back(AttentionSpan{0, window, 0}) : *known;
    span.layers += group.count;
    span.instances = span.layers;
  }
  std::stable_sort(spans_.begin(), spans_.end(),
                   [](const auto& a, const auto& b) { return a.window == 0 && b.window != 0; });
  if (model_.indexer) spans_.push_back({0, model_.indexer->topk, model_.num_hidden_layers});
  HEADROOM_CHECK(!spans_.empty() && spans_.size() <= kMaxAttentionSpans,
                 "a model has one or two attention spans, got ", spans_.size());
  const SpanCosts attention = model_.mla ? latent_attention() : grouped_attention();
  span_costs_.fill(attention);
  if (model_.indexer) span_costs_[0] = index_attention();
}

LoweredModel::SpanCosts LoweredModel::grouped_attention() const {
  const RankHeads heads = heads_of_rank(model_, parallelism_.tensor);
  const double dim = real(model_.head_dim);
  AttentionCost cost;
  cost.flops_per_pair = 4 * heads.query * dim;  // Q K^T and P V
  cost.kv_bytes_per_token = 2 * heads.key_value * dim * kv_size_;
  cost.activation_bytes_per_fresh = 2 * heads.query * dim * stream_size_;  // Q in, output out
  return {cost, cost};
}

LoweredModel::SpanCosts LoweredModel::latent_attention() const {
  const LatentAttention& mla = *model_.mla;
  const double heads = heads_of_rank(model_, parallelism_.tensor).query;
  const double latent = real(mla.kv_lora_rank), rope = real(mla.qk_rope_head_dim);
  const double nope = real(mla.qk_nope_head_dim), value = real(mla.v_head_dim);
  AttentionCost absorbed;
  absorbed.flops_per_pair = 2 * heads * (2 * latent + rope);
  absorbed.kv_bytes_per_token = (latent + rope) * kv_size_;
  absorbed.activation_bytes_per_fresh = heads * (2 * latent + rope) * stream_size_;
  if (model_.indexer) return {absorbed, absorbed};
  AttentionCost expanded;
  expanded.flops_per_pair = 2 * heads * (nope + rope + value);
  expanded.flops_per_read_token = 2 * latent * heads * (nope + value);
  expanded.kv_bytes_per_token = absorbed.kv_bytes_per_token;
  expanded.activation_bytes_per_fresh =
      2 * heads * (nope + rope + value) * stream_size_;  // Q, K, V in, output out
  expanded.activation_bytes_per_read_token =
      2 * heads * (nope + value) * stream_size_;  // written, then read
  return {expanded, absorbed};
}

// Scores of every key, one per index head, reduced to one number per token: no values.
LoweredModel::SpanCosts LoweredModel::index_attention() const {
  const SparseIndexer& indexer = *model_.indexer;
  AttentionCost cost;
  cost.flops_per_pair = 2 * real(indexer.num_heads * indexer.head_dim);
  cost.kv_bytes_per_token = real(indexer.head_dim) * kv_size_;
  cost.activation_bytes_per_fresh = real(indexer.num_heads * indexer.head_dim) * stream_size_;
  return {cost, cost};
}

double LoweredModel::row_pairs(int span, double prior, double fresh) const {
  const double window = real(spans_[static_cast<std::size_t>(span)].window);
  const auto full = [](double p, double f) { return f * p + f * (f + 1) / 2; };
  if (!options_.causal)
    return fresh * (window > 0 ? std::min(window, prior + fresh) : prior + fresh);
  if (window <= 0 || prior + fresh <= window) return full(prior, fresh);
  const double growing = std::max(0.0, window - prior);
  return full(prior, growing) + (fresh - growing) * window;
}

Bytes LoweredModel::kv_bytes_per_token_and_layer() const {
  double bytes = span_costs_[0].decode.kv_bytes_per_token;
  if (model_.indexer) bytes += span_costs_[1].decode.kv_bytes_per_token;
  return Bytes(bytes);
}

AttentionBoundary LoweredModel::attention_boundary() const {
  const double heads = heads_of_rank(model_, parallelism_.tensor).query;
  double query = heads * real(model_.head_dim), output = query;
  if (model_.mla) {  // absorbed: queries and outputs live in the latent space
    output = heads * real(model_.mla->kv_lora_rank);
    query = output + heads * real(model_.mla->qk_rope_head_dim);
  }
  if (model_.indexer) query += real(model_.indexer->num_heads * model_.indexer->head_dim);
  return {Bytes(query * stream_size_), Bytes(output * stream_size_)};
}

Bytes LoweredModel::kv_bytes_per_token() const {
  return kv_bytes_per_token_and_layer() * real(model_.num_hidden_layers);
}

}  // namespace headroom
