#include "analysis/limits/batch_steps.hpp"

#include <algorithm>
#include <cmath>

namespace headroom {

double expert_reads(const MixtureOfExperts& moe, double tokens, double tokens_per_step) {
  if (tokens <= 0) return 0;
  const double step = std::min(tokens, tokens_per_step);
  return tokens * expected_distinct_experts(moe, step) / step;
}

Steps steps_of_batches(const LimitsInput& input, const WorkTotals& work) {
  const auto budget = static_cast<double>(input.serving.max_num_batched_tokens);
  const auto seqs = static_cast<double>(input.serving.max_num_seqs);
  const double by_memory =
      input.kv_blocks > 0 ? work.block_steps / static_cast<double>(input.kv_blocks) : 0.0;
  Steps steps;
  steps.sampling =
      std::max(static_cast<double>(work.output_tokens) / std::min(seqs, budget), by_memory);
  steps.all = std::max(steps.sampling, static_cast<double>(work.new_tokens()) / budget);
  return steps;
}

double steps_of_longest_output(const LimitsInput& input, const WorkTotals& work) {
  if (work.requests == 0) return 0;
  const auto used = static_cast<double>(std::min(input.replicas, work.requests));
  return static_cast<double>(work.longest_output) + used - 1.0;
}

double experts_of_batches(const LimitsInput& input, const WorkTotals& work) {
  const auto& moe = input.model.model().moe;
  if (!moe) return 0;
  const auto budget = static_cast<double>(input.serving.max_num_batched_tokens);
  const auto seqs = static_cast<double>(input.serving.max_num_seqs);
  return std::max(
      expert_reads(*moe, static_cast<double>(work.new_tokens()), budget),
      expert_reads(*moe, static_cast<double>(work.decode_tokens), std::min(seqs, budget)));
}

double kv_tokens_held(const LimitsInput& input, const KvLayout& layout) {
  return static_cast<double>(input.kv_blocks * input.serving.block_size) /
         static_cast<double>(std::max<std::size_t>(1, layout.groups.size()));
}

double concurrent_sequences(const LimitsInput& input, const WorkTotals& work,
                            const KvLayout& layout) {
  const double mean_length = static_cast<double>(work.prompt_tokens + work.output_tokens) /
                             static_cast<double>(work.requests);
  const auto mean = static_cast<std::int64_t>(std::ceil(mean_length));
  return static_cast<double>(input.kv_blocks) /
         static_cast<double>(peak_blocks(layout, mean, input.serving.max_num_batched_tokens));
}

}  // namespace headroom
