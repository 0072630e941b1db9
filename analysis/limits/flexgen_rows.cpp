#include <algorithm>
#include <cmath>

#include "analysis/limits/flexgen_model.hpp"
#include "analysis/limits/model_rows.hpp"
#include "policies/execution/weight_parts.hpp"

namespace headroom {
namespace {

constexpr const char* kPaper = "arXiv 2303.06865, ";
constexpr const char* kNoLimit = "model, not a limit: ";

flexgen::Shares shares_of(const TierFractions& fractions) {
  return {fractions.gpu, fractions.dram, fractions.ssd};
}

flexgen::Layer layer_of(const ModelInputs& in) {
  const LoweredModel& model = in.scenario.serving.model;
  const auto layers = static_cast<double>(model.model().num_hidden_layers);
  std::vector<OpCount> ops;
  model.token_ops(1.0, ops);
  double flops = 0;
  for (const auto& [op, count] : ops)
    if (op.kind != OpKind::kNorm && op.kind != OpKind::kEmbed && op.weight_bytes.value > 0)
      flops += op.flops.value * static_cast<double>(count);
  const WeightParts stored = weight_parts(model, in.scenario.system.weight_transfer_type);
  flexgen::Layer layer;
  layer.weight_bytes = in.ranks * stored.layers().value / layers;
  layer.kv_bytes_per_token = in.kv_bytes_per_token / layers;
  layer.hidden = static_cast<double>(model.model().hidden_size);
  layer.hidden_bytes_per_token = layer.hidden * bytes_per_element(stream_type(model.types()));
  layer.gemm_flops_per_token = in.ranks * flops / layers;
  layer.attention_flops_per_pair = in.attention_flops_per_pair;
  return layer;
}

// Attention reads the KV cache once: the smaller of arithmetic and memory.
double attention_rate(const flexgen::Layer& layer, double flops, double bandwidth) {
  return std::min(flops, bandwidth * layer.attention_flops_per_pair / layer.kv_bytes_per_token);
}

flexgen::Rates data_sheet_rates(const ModelInputs& in, const flexgen::Layer& layer) {
  flexgen::Rates rates;
  rates.to_gpu = rates.kv_from_gpu = rates.hidden_from_gpu = in.link;
  if (const auto& ssd = in.scenario.node.ssd) {
    rates.from_disk = ssd->read_rate().value;
    rates.kv_to_disk_prefill = rates.hidden_to_disk_prefill = rates.to_disk_decode =
        ssd->write_rate().value;
  }
  rates.gemm_prefill = rates.gemm_decode = rates.attention_prefill = in.gpu_flops;
  rates.attention_decode = attention_rate(layer, in.gpu_flops, in.gpu_bandwidth);
  rates.cpu_attention = attention_rate(layer, in.cpu_flops, in.cpu_bandwidth);
  return rates;
}

flexgen::Policy policy_of(const ModelInputs& in) {
  const ExecutionConfig& system = in.scenario.system;
  flexgen::Policy policy;
  policy.micro_batch = system.micro_batch_size;
  policy.micro_batches = system.num_micro_batches;
  if (system.micro_batch_size == 0)
    policy.micro_batch = std::max<std::int64_t>(1, std::llround(std::floor(in.concurrent)));
  policy.weights = shares_of(system.placement.weights);
  policy.kv_cache = shares_of(system.placement.kv_cache);
  policy.hidden = shares_of(system.placement.activations);
  return policy;
}

}  // namespace

void add_flexgen_rows(const ModelInputs& in, std::vector<LimitRow>& rows) {
  if (in.output <= 1) return;
  const flexgen::Layer layer = layer_of(in);
  const flexgen::Policy policy = policy_of(in);
  const flexgen::Lengths lengths{in.prompt, in.output};
  const std::int64_t layers = in.scenario.serving.model.model().num_hidden_layers;
  const auto add = [&](const char* name, const char* metric, double value, const char* unit,
                       const std::string& source) {
    rows.push_back({name, metric, value, unit, "model", kPaper + source});
  };
  const auto add_prediction = [&](const char* name, const flexgen::Rates& rates, flexgen::Form form,
                                  const std::string& source) {
    const auto found = flexgen::predict(layer, layers, policy, lengths, rates, form);
    add(name, "prefill_s", found.prefill_s, "s", kNoLimit + source);
    add(name, "decode_s", found.decode_s, "s", kNoLimit + source);
    add(name, "output_tokens_per_s", found.output_tokens_per_s * in.replicas, "tokens/s",
        kNoLimit + source);
  };
  add("flexgen_block", "sequences", policy.block(), "sequences",
      "bls: micro-batch x micro-batches, or what KV memory and engine allow");
  add("flexgen_block", "weight_bytes", layer.weight_bytes * static_cast<double>(layers), "B",
      "w l: weights of all layers");
  add("flexgen_block", "kv_bytes",
      policy.block() * (in.prompt + in.output) * layer.kv_bytes_per_token *
          static_cast<double>(layers),
      "B", "KV cache of the block at full length");
  const flexgen::Rates sheet = data_sheet_rates(in, layer);
  add_prediction("flexgen_paper", sheet, flexgen::Form::kPaper,
                 "section 4.3, T = max of transfers and computation, data-sheet rates");
  add_prediction("flexgen_solver", sheet, flexgen::Form::kSolver,
                 "released cost_model.py, data-sheet rates");
  if (const auto rates = flexgen::published_rates(in.scenario.serving.gpu.name)) {
    add_prediction("flexgen_paper_t4_rates", *rates, flexgen::Form::kPaper,
                   "section 4.3 with the released effective rates of a T4");
    add_prediction("flexgen_solver_t4_rates", *rates, flexgen::Form::kSolver,
                   "released cost_model.py with its effective rates of a T4");
  }
}

}  // namespace headroom
