// hwmodels/compute/work_rates.hpp -- what a token costs each resource at its data-sheet rate, as
// constants. The lowering is linear in tokens, (query, key) pairs and KV tokens (weights aside), so
// a few numbers say how much of a device's time any amount of unavoidable work takes. Limits and
// gap ledger are both computed from them.
#pragma once

#include <array>

#include "hwmodels/compute/op_time_model.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

struct WorkRates {
  int spans = 0;
  // Seconds of arithmetic at peak.
  double compute_s_per_token = 0;   // projections, MLP or experts, norms, ...
  double compute_s_per_sample = 0;  // LM head and sampling of one row
  std::array<double, kMaxAttentionSpans> compute_s_per_prefill_pair{}, compute_s_per_decode_pair{};
  // Prefill over cached tokens whose keys and values have to be expanded from a latent first (MLA).
  std::array<double, kMaxAttentionSpans> compute_s_per_prefill_read{};
  // Seconds of HBM at full bandwidth.
  double hbm_s_per_byte = 0;
  std::array<double, kMaxAttentionSpans>
      hbm_s_per_kv_token{};  // what one token's KV moves in all ops of the span
  double hbm_s_weights_per_step =
      0;  // weights one iteration of a single sampled token cannot avoid (k experts of a layer)
  double hbm_s_head_per_step = 0;  // of which the LM head, read only by steps that sample
  double hbm_s_embedding_row =
      0;  // of which the embedding of the one token; every further token reads its own
  double hbm_s_one_expert_each = 0;  // one expert in every MoE layer; 0 for a dense model
  double kv_s_per_token() const {    // one token's KV in all layers
    double sum = 0;
    for (int i = 0; i < spans; ++i) sum += hbm_s_per_kv_token[static_cast<std::size_t>(i)];
    return sum;
  }
};

WorkRates work_rates(const LoweredModel& model, const OpTimeModel& roofline);

}  // namespace headroom
