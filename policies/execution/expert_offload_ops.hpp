// policies/execution/expert_offload_ops.hpp -- the ops of one layer of a pass, sorted by where they
// stand in a layer, and attention over the pass's rows.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "sim/transformer/batch_summary.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

class PassOps {
 public:
  // The model must outlive this object.
  explicit PassOps(const LoweredModel& model);

  void lower(std::span<const PassRow> rows);

  std::int64_t tokens() const { return tokens_; }
  // Of one layer; appended to `out`.
  void before_experts(const LayerGroup& layer, std::vector<OpCount>& out) const;  // router included
  void dense_mlp(std::vector<OpCount>& out) const;
  void shared_experts(std::vector<OpCount>& out) const;
  // Of `visits` (token, expert) pairs, with experts of `weight_bytes` bytes.
  Op experts(double visits, double weight_bytes) const;
  // Of a pass.
  void embedding(std::vector<OpCount>& out) const;
  void sampling(std::vector<OpCount>& out) const;  // outer norms included

  // Tokens whose KV a layer reads from before this pass, all rows.
  double restored_tokens(const LayerGroup& layer) const;

 private:
  bool sees(const LayerGroup& layer, std::size_t span) const;
  void sum_rows(std::span<const PassRow> rows);

  const LoweredModel& model_;
  std::int64_t tokens_ = 0, prefill_tokens_ = 0, decode_sequences_ = 0, sampled_ = 0;
  std::array<AttentionSums, kMaxAttentionSpans> prefill_{}, decode_{};
  std::vector<OpCount> token_ops_, sampling_ops_;
};

}  // namespace headroom
