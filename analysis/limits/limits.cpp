#include "analysis/limits/limits.hpp"

#include <algorithm>
#include <memory>

#include "analysis/limits/batch_steps.hpp"
#include "analysis/limits/critical_path.hpp"
#include "analysis/limits/limit_rows.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

double compute_seconds(const WorkTotals& work, const WorkRates& rates) {
  double s = static_cast<double>(work.new_tokens()) * rates.compute_s_per_token +
             static_cast<double>(work.output_tokens) * rates.compute_s_per_sample;
  for (int i = 0; i < rates.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    s += static_cast<double>(work.spans[at].prefill_pairs) * rates.compute_s_per_prefill_pair[at] +
         static_cast<double>(work.spans[at].decode_pairs) * rates.compute_s_per_decode_pair[at] +
         static_cast<double>(work.spans[at].prefill_read) * rates.compute_s_per_prefill_read[at];
  }
  return s;
}

double kv_seconds(const WorkTotals& work, const WorkRates& rates) {
  double s = static_cast<double>(work.new_tokens()) * rates.kv_s_per_token();
  for (int i = 0; i < rates.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    s += static_cast<double>(work.spans[at].prefill_read + work.spans[at].decode_read) *
         rates.hbm_s_per_kv_token[at];
  }
  return s;
}

double weight_seconds(const LimitsInput& input, const WorkRates& rates, const Steps& steps,
                      double experts) {
  double s = steps.all * (rates.hbm_s_weights_per_step - rates.hbm_s_head_per_step) +
             steps.sampling * rates.hbm_s_head_per_step;
  if (!input.model.model().moe) return s;
  // hbm_s_weights_per_step counts the k experts of a single token in each step.
  const double counted =
      steps.all * static_cast<double>(input.model.model().moe->num_experts_per_tok);
  return s + std::max(0.0, experts - counted) * rates.hbm_s_one_expert_each;
}

// Fills the bounds that the hardware sets: ideal and capacity, and the rates at saturation.
void set_hardware_bounds(const LimitsInput& input, const WorkRates& rates, Limits& limits) {
  const WorkTotals& work = limits.work;
  const auto replicas = static_cast<double>(input.replicas);
  const double unavoidable = steps_of_longest_output(input, work);
  const double kv_s = kv_seconds(work, rates);
  const auto hbm_seconds = [&](const Steps& steps, double experts) {
    return (kv_s + weight_seconds(input, rates, steps, experts)) / replicas;
  };
  const auto tokens = static_cast<double>(work.new_tokens());
  const auto& moe = input.model.model().moe;
  limits.ideal_compute_s = compute_seconds(work, rates) / replicas;
  limits.ideal_hbm_s =
      hbm_seconds({unavoidable, unavoidable}, moe ? expert_reads(*moe, tokens, tokens) : 0.0);

  const Steps batches = steps_of_batches(input, work);
  const Steps steps{std::max(unavoidable, batches.sampling), std::max(unavoidable, batches.all)};
  const double experts = experts_of_batches(input, work);
  limits.capacity_hbm_s = std::max(limits.ideal_hbm_s, hbm_seconds(steps, experts));
  limits.hardware_bound = limits.ideal_compute_s > limits.capacity_hbm_s ? "compute" : "hbm";

  // A rate has no end: the steps that only the longest output asks for do not count.
  const double full_hbm_s = hbm_seconds(batches, experts);
  const double saturated_s = std::max(limits.ideal_compute_s, full_hbm_s);
  limits.saturation_bound = limits.ideal_compute_s > full_hbm_s ? "compute" : "hbm";
  if (saturated_s <= 0) return;
  const auto output = static_cast<double>(work.output_tokens);
  limits.saturation_requests_per_s = static_cast<double>(work.requests) / saturated_s;
  limits.saturation_output_tokens_per_s = output / saturated_s;
  limits.saturation_total_tokens_per_s =
      (output + static_cast<double>(work.prompt_tokens)) / saturated_s;
}

}  // namespace

Limits compute_limits(const LimitsInput& input) {
  const auto roofline = make_op_time_model("roofline", input.gpu);
  const KvLayout layout = kv_layout(input.model, input.serving.block_size);
  const WorkRules rules{input.model.spans(), layout,
                        kv_cache_options(input.serving, input.max_model_len), input.kv_blocks,
                        input.max_model_len};
  Limits limits;
  limits.work = count_work(input.table, rules);
  set_hardware_bounds(input, work_rates(input.model, *roofline), limits);
  if (limits.work.requests > 0) {
    limits.concurrent_sequences = concurrent_sequences(input, limits.work, layout);
    if (input.table.max_concurrency == 0)
      limits.offered_s =
          offered_limit_s(input.model, *roofline, input.gpu, input.table, limits.work, rules);
  }
  const double hardware_s = std::max(limits.ideal_compute_s, limits.capacity_hbm_s);
  limits.makespan_s = std::max(hardware_s, limits.offered_s.value_or(0.0));
  limits.binding_resource = limits.makespan_s > hardware_s ? "offered_load" : limits.hardware_bound;
  limits.rows = limit_rows(input, limits, *roofline);
  return limits;
}

double attained_fraction(const Limits& limits, double makespan_s, std::int64_t iterations) {
  if (makespan_s <= 0) return 0;
  const double rounding_s = 0.5e-9 * static_cast<double>(iterations) + 1e-9 * makespan_s;
  HEADROOM_CHECK(makespan_s + rounding_s >= limits.makespan_s, "a run of ", makespan_s,
                 " s is not shorter than its limit of ", limits.makespan_s, " s");
  return std::min(1.0, limits.makespan_s / makespan_s);
}

}  // namespace headroom
