// hwmodels/compute/iteration_cost.hpp -- the duration of one iteration as a function of its
// BatchSummary. An iteration runs its ops one after another: time = sum of op times (no overlap
// between ops; an op by itself overlaps its arithmetic and its memory traffic). The parts that
// depend on the token count or on the sampled rows alone are computed once per count and kept;
// attention is O(1) in the batch: one op per span and sort of row. Every caller gets its seconds
// from here, summed in one order, so a fast-forwarded stretch and a stepped one agree bit for bit.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "hwmodels/compute/roofline.hpp"
#include "sim/transformer/batch_summary.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

// Sums over the ops of a part of an iteration, each op times its count.
struct CostTotals {
  double time_s = 0;  // what the iteration takes
  double compute_s =
      0;  // arithmetic alone, HBM alone, links alone: what an op keeps each resource busy for
  double hbm_s = 0;
  double network_s = 0;
  double roof_s = 0;  // sum over ops of the longest of the three
  double launch_s =
      0;  // the fixed part of time_s; time_s - roof_s - launch_s is lost to efficiency
  double wait_compute_s = 0;  // sum over ops of roof - hbm: HBM waits for arithmetic (or links)
  double wait_hbm_s =
      0;  // sum over ops of roof - compute: the arithmetic units wait for HBM (or links)
  double flops = 0;
  double weight_bytes = 0;
  double expert_weight_bytes = 0;  // the part of weight_bytes that is routed experts
  double kv_bytes = 0;
  double activation_bytes = 0;
  double comm_bytes = 0;
  bool in_range = true;  // every op inside what the cost model was fitted on

  void add(const Op& op, double count,
           const OpTime& time) {  // inline: attention is added in every iteration
    const double roof = std::max({time.compute.value, time.hbm.value, time.network.value});
    time_s += count * time.time.value;
    compute_s += count * time.compute.value;
    hbm_s += count * time.hbm.value;
    network_s += count * time.network.value;
    roof_s += count * roof;
    launch_s += count * time.launch.value;
    wait_compute_s += count * (roof - time.hbm.value);
    wait_hbm_s += count * (roof - time.compute.value);
    flops += count * op.flops.value;
    weight_bytes += count * op.weight_bytes.value;
    if (op.kind == OpKind::kMoeExperts) expert_weight_bytes += count * op.weight_bytes.value;
    kv_bytes += count * op.kv_bytes.value;
    activation_bytes += count * op.activation_bytes.value;
    comm_bytes += count * op.comm_bytes.value;
    in_range = in_range && time.in_range;
  }
  CostTotals& operator+=(const CostTotals& other);
  double hbm_bytes() const { return weight_bytes + kv_bytes + activation_bytes; }
};

class DecodeStretch;

class IterationCost {
 public:
  using Totals = CostTotals;

  // Pre: all three outlive this object, and `times` was made for `gpu`.
  IterationCost(const LoweredModel& model, const OpTimeModel& times, const GpuSpec& gpu);
  IterationCost(const IterationCost&) = delete;
  IterationCost& operator=(const IterationCost&) = delete;

  // Pre: counts are not negative. References stay valid as long as this object for counts up to
  // kKeptCounts; a larger count is computed afresh and its reference is valid until the next call.
  const Totals& token_part(std::int64_t new_tokens) const { return kept(tokens_, new_tokens); }
  const Totals& sampling_part(std::int64_t sampled) const { return kept(samples_, sampled); }
  Totals attention_part(const BatchSummary& batch) const;
  // All three parts. Slower than iteration_seconds; time_s is equal to it bit for bit.
  Totals iteration_totals(const BatchSummary& batch) const;

  // (token part + sampling part) + attention, span by span, prefill before decode.
  double iteration_seconds(const BatchSummary& batch) const;

  // For consecutive iterations whose rows all decode: only the attention sums change between them.
  // Pre: batch.prefill_tokens == 0.
  DecodeStretch decode_stretch(const BatchSummary& batch) const;

  const LoweredModel& model() const { return model_; }
  const GpuSpec& gpu() const { return gpu_; }

  static constexpr std::int64_t kKeptCounts = 1 << 17;

 private:
  friend class DecodeStretch;
  enum class Part { kTokens, kSamples };
  static constexpr std::size_t kChunk = 64;
  struct Entry {
    Totals totals;
    bool known = false;
  };
  // Chunks are allocated on demand and never move, so references into them stay valid.
  struct Table {
    Part part;
    std::vector<std::unique_ptr<std::array<Entry, kChunk>>> chunks;
    Totals too_large;
  };
  const Totals& kept(Table& table, std::int64_t count) const {
    const auto index = static_cast<std::size_t>(count);  // a negative one is beyond every chunk
    const std::size_t chunk = index / kChunk;
    if (chunk < table.chunks.size() && table.chunks[chunk]) [[likely]] {
      const Entry& entry = (*table.chunks[chunk])[index % kChunk];
      if (entry.known) [[likely]]
        return entry.totals;
    }
    return compute(table, count);
  }
  const Totals& compute(Table& table, std::int64_t count) const;
  Totals priced(Part part, std::int64_t count) const;
  double span_seconds(int span, double prefill_tokens, const AttentionSums& prefill,
                      double decode_sequences, const AttentionSums& decode) const {
    const double instances = instances_[static_cast<std::size_t>(span)];
    const auto real = [](std::int64_t count) { return static_cast<double>(count); };
    double seconds = 0;
    if (prefill_tokens > 0)
      seconds +=
          instances * attention_seconds(model_.prefill_attention(
                          span, prefill_tokens, real(prefill.pairs), real(prefill.kv_read_tokens)));
    if (decode_sequences > 0)
      seconds +=
          instances * attention_seconds(model_.decode_attention(
                          span, decode_sequences, real(decode.pairs), real(decode.kv_read_tokens)));
    return seconds;
  }
  double attention_seconds(const Op& op) const {
    return roofline_ != nullptr ? roofline_->local_seconds(op) : times_.time(op).time.value;
  }

  const LoweredModel& model_;
  const OpTimeModel& times_;
  const RooflineModel*
      roofline_;  // times_, if that is what it is: the common case without a virtual call
  const GpuSpec& gpu_;
  std::array<double, kMaxAttentionSpans> instances_{};
  int spans_ = 0;
  mutable Table tokens_{Part::kTokens, {}, {}};
  mutable Table samples_{Part::kSamples, {}, {}};
  mutable std::vector<OpCount> ops_;  // reused
};

// The inner loop of fast-forward. Valid as long as its IterationCost.
class DecodeStretch {
 public:
  // Equal bit for bit to IterationCost::iteration_seconds of the batch with these decode sums.
  double iteration_seconds(const std::array<AttentionSums, kMaxAttentionSpans>& decode) const {
    return constant_s_ + attention_seconds(decode);
  }
  double attention_seconds(const std::array<AttentionSums, kMaxAttentionSpans>& decode) const {
    double seconds = 0;
    for (int i = 0; i < cost_->spans_; ++i)
      seconds += cost_->span_seconds(i, 0, {}, sequences_, decode[static_cast<std::size_t>(i)]);
    return seconds;
  }
  double constant_seconds() const { return constant_s_; }  // token and sampling parts

 private:
  friend class IterationCost;
  DecodeStretch(const IterationCost& cost, double sequences, double constant_s)
      : cost_(&cost), sequences_(sequences), constant_s_(constant_s) {}
  const IterationCost* cost_;
  double sequences_;
  double constant_s_;
};

}  // namespace headroom
