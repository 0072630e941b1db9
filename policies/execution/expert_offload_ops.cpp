#include "policies/execution/expert_offload_ops.hpp"

#include <algorithm>

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

}  // namespace

PassOps::PassOps(const LoweredModel& model) : model_(model) {}

void PassOps::lower(std::span<const PassRow> rows) {
  sum_rows(rows);
  token_ops_.clear();
  sampling_ops_.clear();
  model_.token_ops(real(tokens_), token_ops_);
  model_.sampling_ops(real(sampled_), sampling_ops_);
}

void PassOps::sum_rows(std::span<const PassRow> rows) {
  tokens_ = prefill_tokens_ = decode_sequences_ = sampled_ = 0;
  prefill_.fill({});
  decode_.fill({});
  for (const PassRow& row : rows) {
    tokens_ += row.fresh;
    sampled_ += row.samples ? 1 : 0;
    const bool decodes = row.is_decode();
    (decodes ? decode_sequences_ : prefill_tokens_) += row.fresh;
    auto& sums = decodes ? decode_ : prefill_;
    for (std::size_t i = 0; i < model_.spans().size(); ++i) {
      const std::int64_t window = model_.spans()[i].window;
      sums[i].pairs += attention_pairs(row.prior, row.fresh, window);
      sums[i].kv_read_tokens += attention_kv_read(row.prior, window);
    }
  }
}

// A learned index and what it selects are in every layer, other spans in the layers of their
// window.
bool PassOps::sees(const LayerGroup& layer, std::size_t span) const {
  return model_.model().indexer || model_.spans()[span].window == layer.sliding_window.value;
}

void PassOps::before_experts(const LayerGroup& layer, std::vector<OpCount>& out) const {
  for (const auto& [op, count] : token_ops_) {
    const bool router = op.kind == OpKind::kMoeRouter && layer.is_moe;
    const bool always =
        op.kind == OpKind::kQkvProj || op.kind == OpKind::kRope || op.kind == OpKind::kOProj;
    if (router || always) out.push_back({op, 1});
    if (op.kind == OpKind::kNorm) out.push_back({op, model_.model().norms_per_layer});
  }
  for (std::size_t i = 0; i < model_.spans().size(); ++i) {
    if (!sees(layer, i)) continue;
    const auto span = static_cast<int>(i);
    if (prefill_tokens_ > 0)
      out.push_back({model_.prefill_attention(span, real(prefill_tokens_), real(prefill_[i].pairs),
                                              real(prefill_[i].kv_read_tokens)),
                     1});
    if (decode_sequences_ > 0)
      out.push_back({model_.decode_attention(span, real(decode_sequences_), real(decode_[i].pairs),
                                             real(decode_[i].kv_read_tokens)),
                     1});
  }
}

void PassOps::dense_mlp(std::vector<OpCount>& out) const {
  for (const auto& [op, count] : token_ops_)
    if (op.kind == OpKind::kGateUpProj || op.kind == OpKind::kAct || op.kind == OpKind::kDownProj)
      out.push_back({op, 1});
}

void PassOps::shared_experts(std::vector<OpCount>& out) const {
  for (const auto& [op, count] : token_ops_)
    if (op.kind == OpKind::kMoeSharedExperts) out.push_back({op, 1});
}

Op PassOps::experts(double visits, double weight_bytes) const {
  const auto routed = std::find_if(token_ops_.begin(), token_ops_.end(), [](const OpCount& o) {
    return o.op.kind == OpKind::kMoeExperts;
  });
  const double share = visits / (real(tokens_) * real(model_.model().moe->num_experts_per_tok));
  Op op = routed->op;
  op.flops = op.flops * share;
  op.activation_bytes = op.activation_bytes * share;
  op.weight_bytes = Bytes{weight_bytes};
  return op;
}

void PassOps::embedding(std::vector<OpCount>& out) const {
  for (const auto& [op, count] : token_ops_)
    if (op.kind == OpKind::kEmbed) out.push_back({op, count});
}

void PassOps::sampling(std::vector<OpCount>& out) const {
  for (const auto& [op, count] : token_ops_)
    if (op.kind == OpKind::kNorm && model_.model().outer_norms > 0)
      out.push_back({op, model_.model().outer_norms});
  out.insert(out.end(), sampling_ops_.begin(), sampling_ops_.end());
}

double PassOps::restored_tokens(const LayerGroup& layer) const {
  // With an index the whole context is read through span 0; the rest is a part of it.
  for (std::size_t i = 0; i < model_.spans().size(); ++i)
    if (sees(layer, i)) return real(prefill_[i].kv_read_tokens + decode_[i].kv_read_tokens);
  return 0;
}

}  // namespace headroom
