// Where the time of an iteration goes. Each entry is computed from its own counts; device_ledger
// checks the sum.
#include <algorithm>

#include "sim/runtime/replica.hpp"

namespace headroom {
namespace {

using Totals = IterationCost::Totals;

}  // namespace

const Totals& Replica::attention_of(Batch& batch) const {
  if (!batch.attention) batch.attention = context_.cost.attention_part(batch.summary);
  return *batch.attention;
}

void Replica::account(Batch& batch, std::int64_t emitted, bool unavoidable) {
  if (context_.pass != nullptr) {
    account_pass(batch, emitted);
    return;
  }
  DeviceAccount& a = out_.account;
  ++a.iterations;
  a.busy_ns += batch.duration.value;
  a.busy_s += batch.time_s;
  const auto& token = context_.cost.token_part(batch.summary.new_tokens);
  const auto& sampling = context_.cost.sampling_part(batch.summary.sampled_sequences);
  account_ops(token, 1.0);
  account_ops(sampling, 1.0);
  account_ops(attention_of(batch), 1.0);
  account_weights(batch, 1.0, unavoidable);
  account_work(batch, emitted);
}

// What ops do besides useful work, `steps` times over.
void Replica::account_ops(const Totals& totals, double steps) {
  DeviceAccount& a = out_.account;
  a.wait_compute_s += steps * totals.wait_compute_s;
  a.wait_hbm_s += steps * totals.wait_hbm_s;
  a.launch_s += steps * totals.launch_s;
  a.efficiency_s += steps * (totals.time_s - totals.launch_s - totals.roof_s);
  a.hbm_activations_s += steps * totals.activation_bytes * context_.rates.hbm_s_per_byte;
}

// Weights read in an iteration. An unavoidable step needs those that one token touches, experts
// included.
void Replica::account_weights(const Batch& batch, double steps, bool unavoidable) {
  DeviceAccount& a = out_.account;
  const WorkRates& rates = context_.rates;
  double& extra = a.hbm_weights_extra_s[static_cast<std::size_t>(batch.limited_by)];
  if (!unavoidable) {
    const double bytes = context_.cost.token_part(batch.summary.new_tokens).weight_bytes +
                         context_.cost.sampling_part(batch.summary.sampled_sequences).weight_bytes;
    extra += steps * bytes * rates.hbm_s_per_byte;
    return;
  }
  a.hbm_weights_useful_s += steps * rates.hbm_s_weights_per_step;
  // Every token reads its row of the embedding, and the first one's is in the line above.
  const std::int64_t rows_again = std::min(batch.again.tokens, batch.summary.new_tokens - 1);
  const std::int64_t rows_first = batch.summary.new_tokens - 1 - rows_again;
  a.hbm_weights_useful_s += steps * static_cast<double>(rows_first) * rates.hbm_s_embedding_row;
  a.hbm_kv_again_s += steps * static_cast<double>(rows_again) * rates.hbm_s_embedding_row;
  if (!context_.model.moe) return;
  const auto& moe = *context_.model.moe;
  const double distinct =
      expected_distinct_experts(moe, static_cast<double>(batch.summary.new_tokens));
  extra += steps * (distinct - static_cast<double>(moe.num_experts_per_tok)) *
           rates.hbm_s_one_expert_each;
}

void Replica::account_work(const Batch& batch, std::int64_t emitted) {
  const WorkRates& rates = context_.rates;
  DeviceAccount& a = out_.account;
  const auto compute_s = [&](const WorkCounts& w) {
    double s = static_cast<double>(w.tokens) * rates.compute_s_per_token;
    for (std::size_t i = 0; i < context_.spans.size(); ++i)
      s += static_cast<double>(w.prefill_pairs[i]) * rates.compute_s_per_prefill_pair[i] +
           static_cast<double>(w.decode_pairs[i]) * rates.compute_s_per_decode_pair[i] +
           static_cast<double>(w.prefill_read[i]) * rates.compute_s_per_prefill_read[i];
    return s;
  };
  const auto kv_s = [&](const WorkCounts& w) {
    double s = static_cast<double>(w.tokens) * rates.kv_s_per_token();
    for (std::size_t i = 0; i < context_.spans.size(); ++i)
      s += static_cast<double>(w.prefill_read[i] + w.decode_read[i]) * rates.hbm_s_per_kv_token[i];
    return s;
  };
  const std::int64_t lost =
      batch.summary.sampled_sequences - emitted;  // sampled for a sequence that was preempted
  a.compute_useful_s +=
      compute_s(batch.first) + static_cast<double>(emitted) * rates.compute_s_per_sample;
  a.compute_again_s +=
      compute_s(batch.again) + static_cast<double>(lost) * rates.compute_s_per_sample;
  a.hbm_kv_useful_s += kv_s(batch.first);
  a.hbm_kv_again_s += kv_s(batch.again);
  for (std::size_t i = 0; i < context_.spans.size(); ++i) {
    a.hbm_kv_reread_s += static_cast<double>(batch.kv_reread[i]) * rates.hbm_s_per_kv_token[i];
    a.compute_again_s +=
        static_cast<double>(batch.kv_reread[i]) * rates.compute_s_per_prefill_read[i];
  }
}

void Replica::record_iteration(Batch& batch, TimePoint start, TimePoint end) {
  const std::int64_t used = kv_.pool().used_blocks();
  if (context_.pass != nullptr) {
    record_pass(start, end, used);
  } else if (out_.series.bin_width().value > 0) {
    const auto& token = context_.cost.token_part(batch.summary.new_tokens);
    const auto& sampling = context_.cost.sampling_part(batch.summary.sampled_sequences);
    const auto& attention = attention_of(batch);
    const double hbm_s = token.hbm_s + sampling.hbm_s + attention.hbm_s;
    const double compute_s = token.compute_s + sampling.compute_s + attention.compute_s;
    const double length_s = to_seconds(elapsed(start, end)).value;
    out_.series.add(start, end, {length_s, compute_s, hbm_s, static_cast<double>(used) * length_s});
  }
  if (options_.record_iterations) keep_iteration(batch.summary, start, end, used);
}

void Replica::keep_iteration(const BatchSummary& summary, TimePoint start, TimePoint end,
                             std::int64_t used) {
  auto& rows = context_.result.iterations;
  if (static_cast<std::int64_t>(rows.size()) >= options_.max_iterations) {
    ++context_.result.iterations_dropped;
    return;
  }
  rows.push_back({index_, start.value, elapsed(start, end).value,
                  static_cast<std::int32_t>(summary.prefill_tokens),
                  static_cast<std::int32_t>(summary.decode_sequences), used});
}

}  // namespace headroom
