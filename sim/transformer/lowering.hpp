// sim/transformer/lowering.hpp -- from (model, data types, batch, parallelism) to ops with amounts of work.
// The work of an iteration has three parts that depend on different things, so that a cost model can keep the
// first two: ops that depend on the token count alone, ops that depend on the sampled rows alone (LM head, sampling),
// and attention, which depends on the contexts.
#pragma once

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

// One way of attending that some layers share: how many layers, and how far each query sees.
struct AttentionSpan {
  std::int64_t layers = 0;
  std::int64_t window = 0;  // tokens, itself included; 0: full causal attention
};

struct LoweringOptions {
  bool causal = true;  // false: every query attends to every key of its row (NanoFlow's convention)
};

class LoweredModel {
 public:
  // Pre: the model is valid, the heads divide by parallelism.tensor (checked when the scenario is loaded).
  LoweredModel(const ModelSpec& model, const DataTypes& types, const Parallelism& parallelism,
               const LoweringOptions& options = {});

  // At most kMaxAttentionSpans; full attention first.
  const std::vector<AttentionSpan>& spans() const { return spans_; }

  // Appends ops; the caller owns and reuses the vector. `new_tokens`, `sampled` may be 0: nothing is appended.
  // Fractional counts are allowed so that published tables with averaged batches can be reproduced.
  void token_ops(double new_tokens, std::vector<OpCount>& out) const;
  void sampling_ops(double sampled, std::vector<OpCount>& out) const;
  // Attention over span `i`: rows' sums as AttentionSums, with `fresh` new tokens in them (Q and output traffic).
  Op prefill_attention(int span, double fresh, double pairs, double kv_read_tokens) const;
  Op decode_attention(int span, double sequences, double pairs, double kv_read_tokens) const;

  // KV cache of one token over all layers, on one rank; ignores windows.
  Bytes kv_bytes_per_token() const;
  Bytes kv_bytes_per_token_and_layer() const;
  Bytes weight_bytes() const;      // resident on one rank, all experts
  const ModelSpec& model() const { return model_; }
  const DataTypes& types() const { return types_; }
  const Parallelism& parallelism() const { return parallelism_; }

 private:
  ModelSpec model_;
  DataTypes types_;
  Parallelism parallelism_;
  LoweringOptions options_;
  std::vector<AttentionSpan> spans_;
};

// All ops of one iteration in execution order (for `headroom ops` and for tests).
std::vector<OpCount> lower_iteration(const LoweredModel& model, const BatchSummary& batch);

// Parameters by part; total() is compared with published_params. Biases and norms are counted.
struct ParameterCount {
  double embedding = 0, lm_head = 0, attention = 0, dense_mlp = 0, experts = 0, shared_experts = 0, router = 0, norms = 0;
  double active = 0;  // touched by one token
  double total() const { return embedding + lm_head + attention + dense_mlp + experts + shared_experts + router + norms; }
};
ParameterCount count_parameters(const ModelSpec& model);

// Expected distinct experts touched by `tokens` tokens under uniform routing: E (1 - (1 - k/E)^T).
double expected_distinct_experts(const MixtureOfExperts& moe, double tokens);

}  // namespace headroom
