#include "hwmodels/compute/ops_table.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr double kLargestCount =
    1e12;  // beyond it products overflow into figures that mean nothing

void check_batch(const OpsBatch& batch) {
  const std::pair<const char*, double> counts[] = {{"prefill tokens", batch.prefill_tokens},
                                                   {"prefill context", batch.prefill_context},
                                                   {"prefill sequences", batch.prefill_sequences},
                                                   {"decode sequences", batch.decode_sequences},
                                                   {"decode context", batch.decode_context}};
  for (const auto& [name, count] : counts)
    if (!std::isfinite(count) || count < 0 || count > kLargestCount)
      throw UserError(std::string(name) + " must be a number from 0 to 1e12");
  if (batch.prefill_tokens > 0 && batch.prefill_sequences <= 0)
    throw UserError("prefill tokens need at least one prefill sequence");
  if (!std::isfinite(batch.sampled) || batch.sampled > kLargestCount)
    throw UserError("sampled must be a number up to 1e12");
}

void check_parallelism(const ModelSpec& model, const Parallelism& parallelism, const GpuSpec& gpu) {
  const std::int64_t ranks = parallelism.tensor;
  if (ranks < 1) throw UserError("tensor parallelism must be at least 1");
  if (model.num_attention_heads % ranks != 0)
    throw UserError("the " + std::to_string(model.num_attention_heads) + " attention heads of " +
                    model.name + " do not divide over " + std::to_string(ranks) + " ranks");
  const std::int64_t kv_heads = model.num_key_value_heads;
  if (!model.mla && kv_heads % ranks != 0 && ranks % kv_heads != 0)
    throw UserError("the " + std::to_string(kv_heads) + " key-value heads of " + model.name +
                    " neither divide over " + std::to_string(ranks) +
                    " ranks nor repeat evenly on them");
  if (ranks > 1 && gpu.scaleup_bandwidth.value <= 0 && gpu.pcie_bandwidth.value <= 0)
    throw UserError(gpu.name +
                    " has no link between GPUs: neither a scale-up nor a PCIe bandwidth");
}

OpsRow row_of(const OpCount& counted, const OpTime& time, std::int64_t window) {
  const Op& op = counted.op;
  OpsRow row;
  row.name = name_of(op.kind);
  row.window = window;
  row.count = counted.count;
  row.flops = op.flops.value;
  row.hbm_bytes = op.hbm_bytes().value;
  row.comm_bytes = op.comm_bytes.value;
  row.weight_bytes = op.weight_bytes.value;
  row.kv_bytes = op.kv_bytes.value;
  row.activation_bytes = op.activation_bytes.value;
  row.time_s = time.time.value;
  row.bound = name_of(time.bound);
  row.arithmetic_intensity = row.hbm_bytes > 0 ? row.flops / row.hbm_bytes : 0;
  row.in_range = time.in_range;
  return row;
}

struct Counted {
  OpCount op;
  std::int64_t window = 0;
};

double kv_read(const AttentionSpan& span, double prior) {
  return span.window > 0 ? std::min(prior, static_cast<double>(span.window - 1)) : prior;
}

void attention_ops(const LoweredModel& model, const OpsBatch& batch, std::vector<Counted>& out) {
  for (std::size_t i = 0; i < model.spans().size(); ++i) {
    const auto& span = model.spans()[i];
    const auto index = static_cast<int>(i);
    if (batch.prefill_tokens > 0) {
      const double sequences = batch.prefill_sequences;
      const double pairs = sequences * model.row_pairs(index, batch.prefill_context,
                                                       batch.prefill_tokens / sequences);
      const double read = sequences * kv_read(span, batch.prefill_context);
      out.push_back(
          {{model.prefill_attention(index, batch.prefill_tokens, pairs, read), span.instances},
           span.window});
    }
    if (batch.decode_sequences > 0) {
      const double sequences = batch.decode_sequences;
      const double pairs = sequences * model.row_pairs(index, batch.decode_context, 1);
      const double read = sequences * kv_read(span, batch.decode_context);
      out.push_back(
          {{model.decode_attention(index, sequences, pairs, read), span.instances}, span.window});
    }
  }
}

}  // namespace

OpsTable ops_table(const ModelSpec& model, const DataTypes& types, const GpuSpec& gpu,
                   const std::string& cost_model, const Parallelism& parallelism,
                   const OpsBatch& batch, const LoweringOptions& options) {
  check_batch(batch);
  check_parallelism(model, parallelism, gpu);
  const auto times = make_op_time_model(cost_model, gpu);
  const LoweredModel lowered(model, types, parallelism, options);
  const double sequences =
      (batch.prefill_tokens > 0 ? batch.prefill_sequences : 0) + batch.decode_sequences;

  std::vector<OpCount> plain;
  lowered.token_ops(batch.prefill_tokens + batch.decode_sequences, plain);
  lowered.sampling_ops(batch.sampled < 0 ? sequences : batch.sampled, plain);
  std::vector<Counted> ops;
  for (const auto& op : plain) ops.push_back({op, 0});
  attention_ops(lowered, batch, ops);
  std::stable_sort(ops.begin(), ops.end(),
                   [](const auto& a, const auto& b) { return a.op.op.kind < b.op.op.kind; });

  OpsTable table;
  for (const auto& op : ops) {
    table.rows.push_back(row_of(op.op, times->time(op.op.op), op.window));
    table.iteration_s += static_cast<double>(op.op.count) * table.rows.back().time_s;
  }
  return table;
}

}  // namespace headroom
