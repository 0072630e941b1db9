#include "hwmodels/compute/work_rates.hpp"

#include <vector>

namespace headroom {
namespace {

struct Sum {
  double compute_s = 0, weights_s = 0, experts_s = 0, embedding_s = 0;
};

Sum sum_of(const std::vector<OpCount>& ops, const OpTimeModel& roofline) {
  Sum sum;
  for (const auto& [op, count] : ops) {
    const auto n = static_cast<double>(count);
    sum.compute_s += n * roofline.time(op).compute.value;
    Op weights_only;
    weights_only.kind = op.kind;
    weights_only.weight_bytes = op.weight_bytes;
    const double seconds = n * roofline.time(weights_only).hbm.value;
    sum.weights_s += seconds;
    if (op.kind == OpKind::kMoeExperts) sum.experts_s += seconds;
    if (op.kind == OpKind::kEmbed) sum.embedding_s += seconds;
  }
  return sum;
}

}  // namespace

WorkRates work_rates(const LoweredModel& model, const OpTimeModel& roofline) {
  WorkRates rates;
  std::vector<OpCount> ops;
  model.token_ops(1.0, ops);
  const Sum token = sum_of(ops, roofline);
  ops.clear();
  model.sampling_ops(1.0, ops);
  const Sum sample = sum_of(ops, roofline);
  rates.compute_s_per_token = token.compute_s;
  rates.compute_s_per_sample = sample.compute_s;
  rates.hbm_s_weights_per_step = token.weights_s + sample.weights_s;
  rates.hbm_s_head_per_step = sample.weights_s;
  rates.hbm_s_embedding_row = token.embedding_s;
  if (model.model().moe) {
    // A token reads k experts of each MoE layer.
    const auto& moe = *model.model().moe;
    rates.hbm_s_one_expert_each = token.experts_s / static_cast<double>(moe.num_experts_per_tok);
  }
  Op byte;
  byte.activation_bytes = Bytes{1.0};
  rates.hbm_s_per_byte = roofline.time(byte).hbm.value;
  rates.spans = static_cast<int>(model.spans().size());
  for (int i = 0; i < rates.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const auto instances = static_cast<double>(model.spans()[at].instances);
    const auto compute_s = [&](const Op& op) {
      return instances * roofline.time(op).compute.value;
    };
    // Without fresh tokens an attention op is what its pairs and its KV tokens cost.
    rates.compute_s_per_prefill_pair[at] = compute_s(model.prefill_attention(i, 0, 1, 0));
    rates.compute_s_per_decode_pair[at] = compute_s(model.decode_attention(i, 0, 1, 0));
    rates.compute_s_per_prefill_read[at] = compute_s(model.prefill_attention(i, 0, 0, 1));
    Op kv;
    kv.kv_bytes = model.decode_attention(i, 0, 0, 1).kv_bytes;
    rates.hbm_s_per_kv_token[at] = instances * roofline.time(kv).hbm.value;
  }
  return rates;
}

}  // namespace headroom
