// sim/transformer/lowering.hpp -- from (model, data types, batch, parallelism) to ops with amounts
// of work. The work of an iteration has three parts that depend on different things, so that a cost
// model can keep the first two: ops that depend on the token count alone, ops that depend on the
// sampled rows alone (LM head, sampling), and attention, which depends on the contexts.
//
// What is counted. GEMM: 2 m n k FLOP; weights once; inputs read and outputs written once (NanoFlow
// Table 2, arXiv 2408.12757, uses the same). Under tensor parallelism the hidden stream counts once
// in the group, as NanoFlow counts it and as sequence parallelism lays it out: each rank is charged
// 1/n of the input of qkv, gate and up and of the output of o and down. That is the least any
// layout moves; copies of the stream on every rank are not a limit. Norm: fused with the residual
// addition (two inputs, two outputs). All-reduce: ring, (n-1)/n S sent twice, each byte sent read
// from HBM once, one addition per element received in the reduce-scatter half. The
// vocabulary-parallel embedding's all-reduce and the LM head's all-gather are comm_bytes of `embed`
// and `lm_head`. Experts: weights of the expected number of distinct experts; 2 x parameters FLOP
// for each of the k experts of a token; under tensor parallelism every rank holds a slice of every
// expert. MLA: the projections of a token cost the same in both forms, because absorbing W_UK and
// W_UV into query and output takes exactly the FLOP of expanding that token's own K and V: 2
// kv_lora_rank H (nope + v). They are all in `qkv_proj`. Prefill attends in the expanded form, H
// (nope + rope + v) x 2 FLOP per pair, and expands again what it reads of earlier chunks; decode
// attends in the absorbed form, H (2 kv_lora_rank + rope) x 2 FLOP per pair over the latent cache.
// With a sparse indexer both use the absorbed form, as the engines do; what a row reads through the
// index is counted once per row, at most topk tokens, as for a sliding window (the queries of one
// prompt choose alike or it is more).
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/transformer/batch_summary.hpp"
#include "sim/transformer/data_type.hpp"
#include "sim/transformer/model_spec.hpp"
#include "sim/transformer/op.hpp"

namespace headroom {

struct Parallelism {
  std::int64_t tensor = 1;
};

// One way of attending that some layers share: how many layers, and how far each query sees. A
// model with a sparse indexer has two spans of all its layers: span 0 is the index over the full
// context and owns the KV cache, span 1 the attention over the best `topk` tokens (`window`), which
// keeps nothing of its own (layers 0).
struct AttentionSpan {
  std::int64_t layers = 0;  // layers whose KV cache this span decides the life of
  std::int64_t window = 0;  // tokens, itself included; 0: full causal attention
  std::int64_t instances =
      0;  // attention ops of this span per iteration: `layers`, but for the indexer's second span
};

// Parameters of one layer by where they are used; all experts.
struct LayerWeights {
  Bytes pre_attention{0};   // norm, qkv projections
  Bytes post_attention{0};  // output projection, other norms, router
  Bytes mlp{0};             // dense MLP, or the shared experts
  Bytes experts{0};         // routed ones
  Bytes total() const { return pre_attention + post_attention + mlp + experts; }
};

// What one decode token carries into attention and out of it in one layer, on one rank, when
// attention is computed elsewhere; beside its new keys and values.
struct AttentionBoundary {
  Bytes query{0}, output{0};
};

struct LoweringOptions {
  bool causal = true;  // false: every query attends to every key of its row (NanoFlow's
                       // convention); see row_pairs
};

class LoweredModel {
 public:
  // Pre: the model is valid, the heads divide by parallelism.tensor (checked when the scenario is
  // loaded).
  LoweredModel(const ModelSpec& model, const DataTypes& types, const Parallelism& parallelism,
               const LoweringOptions& options = {});

  // At most kMaxAttentionSpans; full attention first.
  const std::vector<AttentionSpan>& spans() const { return spans_; }

  // Appends ops; the caller owns and reuses the vector. `new_tokens`, `sampled` may be 0: nothing
  // is appended. Fractional counts are allowed so that published tables with averaged batches can
  // be reproduced.
  void token_ops(double new_tokens, std::vector<OpCount>& out) const;
  void sampling_ops(double sampled, std::vector<OpCount>& out) const;
  // The same work as token_ops, layer by layer, for systems that interleave layers with transfers:
  // embedding_ops once (and the norms outside the layers), the other two for every layer, each with
  // counts of one layer. Attention stands between them.
  void embedding_ops(double tokens, std::vector<OpCount>& out) const;
  void pre_attention_ops(double tokens, std::vector<OpCount>& out) const;  // norm, qkv, rope
  // Output projection, norm, MLP or experts, all-reduces.
  void post_attention_ops(double tokens, bool is_moe, std::vector<OpCount>& out) const;
  // Attention over span `i`: rows' sums as AttentionSums, with `fresh` new tokens in them (Q and
  // output traffic).
  Op prefill_attention(int span, double fresh, double pairs, double kv_read_tokens) const {
    return attention_op(OpKind::kAttnPrefill, span_costs_[static_cast<std::size_t>(span)].prefill,
                        fresh, pairs, kv_read_tokens);
  }
  Op decode_attention(int span, double sequences, double pairs, double kv_read_tokens) const {
    return attention_op(OpKind::kAttnDecode, span_costs_[static_cast<std::size_t>(span)].decode,
                        sequences, pairs, kv_read_tokens);
  }

  // (query, key) pairs of one row through a span under the options; fractional for averaged
  // batches.
  double row_pairs(int span, double prior, double fresh) const;

  // KV cache of one token over all layers, on one rank; ignores windows. Index keys of a sparse
  // indexer included.
  Bytes kv_bytes_per_token() const;
  Bytes kv_bytes_per_token_and_layer() const;
  Bytes weight_bytes() const;  // resident on one rank, all experts
  // Its parts on one rank if matrices took `matrices` (dtype.weights: they sum to weight_bytes()).
  LayerWeights layer_weights(bool is_moe, DataType matrices) const;
  Bytes embedding_bytes() const;  // and norms outside the layers
  Bytes lm_head_bytes() const;    // tied to the embedding: its bias alone
  AttentionBoundary attention_boundary() const;
  const ModelSpec& model() const { return model_; }
  const DataTypes& types() const { return types_; }
  const Parallelism& parallelism() const { return parallelism_; }

 private:
  // Work of attention through one span, per unit of what its duration depends on. Filled once:
  // attention is priced in every iteration.
  struct AttentionCost {
    double flops_per_pair = 0, flops_per_read_token = 0;
    double kv_bytes_per_token = 0;  // read or written
    double activation_bytes_per_fresh = 0, activation_bytes_per_read_token = 0;
  };
  struct SpanCosts {
    AttentionCost prefill, decode;
  };
  void fill_spans();
  SpanCosts grouped_attention() const;
  SpanCosts latent_attention() const;
  SpanCosts index_attention() const;
  // Inline: the loop over fast-forwarded iterations calls nothing else.
  Op attention_op(OpKind kind, const AttentionCost& cost, double fresh, double pairs,
                  double kv_read_tokens) const {
    Op op;
    op.kind = kind;
    op.compute_type = attention_type_;
    op.flops = Flops(pairs * cost.flops_per_pair + kv_read_tokens * cost.flops_per_read_token);
    op.kv_bytes = Bytes((kv_read_tokens + fresh) * cost.kv_bytes_per_token);
    op.activation_bytes = Bytes(fresh * cost.activation_bytes_per_fresh +
                                kv_read_tokens * cost.activation_bytes_per_read_token);
    return op;
  }
  // Each for `layers` layers.
  void norm_ops(double tokens, std::int64_t norms, std::vector<OpCount>& out) const;
  void qkv_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const;
  void output_projection_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const;
  void dense_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const;
  void moe_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const;
  void all_reduce_ops(double tokens, std::int64_t layers, std::vector<OpCount>& out) const;
  void embed_op(double tokens, std::vector<OpCount>& out) const;
  Op gemm(OpKind kind, double rows, double columns, double inner, double bias) const;
  double ring_share() const;    // of a buffer that a rank sends in one half of a ring all-reduce
  double stream_share() const;  // elements of a token's hidden state that a rank is charged
  Op column_parallel(OpKind kind, double rows, double columns, double bias) const;
  Op row_parallel(OpKind kind, double rows, double inner, double bias) const;

  ModelSpec model_;
  DataTypes types_;
  Parallelism parallelism_;
  LoweringOptions options_;
  std::vector<AttentionSpan> spans_;
  std::array<SpanCosts, kMaxAttentionSpans> span_costs_{};
  DataType attention_type_ = DataType::kBf16;
  double weight_size_ = 0, input_size_ = 0, stream_size_ = 0, kv_size_ = 0;  // bytes per element
};

// All ops of one iteration in execution order (for `headroom ops` and for tests).
std::vector<OpCount> lower_iteration(const LoweredModel& model, const BatchSummary& batch);

// Parameters by part; total() is compared with published_params. Biases and norms are counted.
struct ParameterCount {
  double embedding = 0, lm_head = 0, attention = 0, dense_mlp = 0, experts = 0, shared_experts = 0,
         router = 0, norms = 0;
  double active = 0;  // touched by one token
  double total() const {
    return embedding + lm_head + attention + dense_mlp + experts + shared_experts + router + norms;
  }
};
ParameterCount count_parameters(const ModelSpec& model);

// Expected distinct experts touched by `tokens` tokens under uniform routing: E (1 - (1 - k/E)^T).
double expected_distinct_experts(const MixtureOfExperts& moe, double tokens);

}  // namespace headroom
