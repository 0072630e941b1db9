#include "hwmodels/compute/iteration_cost.hpp"

#include "sim/base/check.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

}  // namespace

CostTotals& CostTotals::operator+=(const CostTotals& other) {
  time_s += other.time_s;
  compute_s += other.compute_s;
  hbm_s += other.hbm_s;
  network_s += other.network_s;
  roof_s += other.roof_s;
  launch_s += other.launch_s;
  wait_compute_s += other.wait_compute_s;
  wait_hbm_s += other.wait_hbm_s;
  flops += other.flops;
  weight_bytes += other.weight_bytes;
  expert_weight_bytes += other.expert_weight_bytes;
  kv_bytes += other.kv_bytes;
  activation_bytes += other.activation_bytes;
  comm_bytes += other.comm_bytes;
  in_range = in_range && other.in_range;
  return *this;
}

IterationCost::IterationCost(const LoweredModel& model, const OpTimeModel& times,
                             const GpuSpec& gpu)
    : model_(model),
      times_(times),
      roofline_(dynamic_cast<const RooflineModel*>(&times)),
      gpu_(gpu),
      spans_(static_cast<int>(model.spans().size())) {
  for (std::size_t i = 0; i < model.spans().size(); ++i)
    instances_[i] = real(model.spans()[i].instances);
  ops_.reserve(32);
}

CostTotals IterationCost::priced(Part part, std::int64_t count) const {
  ops_.clear();
  if (part == Part::kTokens) {
    model_.token_ops(real(count), ops_);
  } else {
    model_.sampling_ops(real(count), ops_);
  }
  Totals totals;
  for (const auto& op : ops_) totals.add(op.op, real(op.count), times_.time(op.op));
  return totals;
}

const CostTotals& IterationCost::compute(Table& table, std::int64_t count) const {
  HEADROOM_CHECK(count >= 0, "a batch has no negative count, got ", count);
  if (count >= kKeptCounts) return table.too_large = priced(table.part, count);
  const auto index = static_cast<std::size_t>(count);
  const std::size_t chunk = index / kChunk;
  if (chunk >= table.chunks.size()) table.chunks.resize(chunk + 1);
  if (!table.chunks[chunk]) table.chunks[chunk] = std::make_unique<std::array<Entry, kChunk>>();
  Entry& entry = (*table.chunks[chunk])[index % kChunk];
  entry = {priced(table.part, count), true};
  return entry.totals;
}

double IterationCost::iteration_seconds(const BatchSummary& batch) const {
  const double constant =
      token_part(batch.new_tokens).time_s + sampling_part(batch.sampled_sequences).time_s;
  double attention = 0;
  for (int i = 0; i < spans_; ++i) {
    const auto span = static_cast<std::size_t>(i);
    attention += span_seconds(i, real(batch.prefill_tokens), batch.prefill[span],
                              real(batch.decode_sequences), batch.decode[span]);
  }
  return constant + attention;
}

DecodeStretch IterationCost::decode_stretch(const BatchSummary& batch) const {
  HEADROOM_CHECK(batch.prefill_tokens == 0, "a decode stretch has no prefill, got ",
                 batch.prefill_tokens, " tokens");
  const double constant =
      token_part(batch.new_tokens).time_s + sampling_part(batch.sampled_sequences).time_s;
  return {*this, real(batch.decode_sequences), constant};
}

CostTotals IterationCost::attention_part(const BatchSummary& batch) const {
  Totals totals;
  double seconds = 0;
  for (int i = 0; i < spans_; ++i) {
    const auto span = static_cast<std::size_t>(i);
    const double instances = instances_[span];
    double span_s = 0;  // by span first, the order of iteration_seconds
    if (batch.prefill_tokens > 0) {
      const auto& sums = batch.prefill[span];
      const Op op = model_.prefill_attention(i, real(batch.prefill_tokens), real(sums.pairs),
                                             real(sums.kv_read_tokens));
      const OpTime time = times_.time(op);
      totals.add(op, instances, time);
      span_s += instances * time.time.value;
    }
    if (batch.decode_sequences > 0) {
      const auto& sums = batch.decode[span];
      const Op op = model_.decode_attention(i, real(batch.decode_sequences), real(sums.pairs),
                                            real(sums.kv_read_tokens));
      const OpTime time = times_.time(op);
      totals.add(op, instances, time);
      span_s += instances * time.time.value;
    }
    seconds += span_s;
  }
  totals.time_s = seconds;
  return totals;
}

CostTotals IterationCost::iteration_totals(const BatchSummary& batch) const {
  Totals totals = token_part(batch.new_tokens);
  totals += sampling_part(batch.sampled_sequences);
  totals += attention_part(batch);
  return totals;
}

}  // namespace headroom
