#include "analysis/limits/offload_limits.hpp"

#include <algorithm>

#include "analysis/limits/batch_steps.hpp"
#include "analysis/limits/growth.hpp"
#include "analysis/limits/offload_rows.hpp"
#include "analysis/limits/resource_bounds.hpp"
#include "hwmodels/compute/op_time_model.hpp"

namespace headroom {
namespace {

// The largest arrival + what the request needs alone: a pass per output token.
double offered_s(const LimitsInput& input, const WorkRules& rules, double pass_s) {
  double latest = 0;
  for (const auto& request : input.table.requests) {
    const std::int32_t output = effective_output(request, rules);
    if (output == 0) continue;
    latest = std::max(latest, to_seconds(request.arrival).value + output * pass_s);
  }
  return latest;
}

void set_saturation(const LimitsInput& input, const ResourceBounds& bounds, Limits& limits) {
  const ResourceBound full = bounds.tightest(steps_of_batches(input, limits.work).all);
  limits.saturation_bound = full.resource;
  if (full.seconds <= 0) return;
  const auto output = static_cast<double>(limits.work.output_tokens);
  limits.saturation_requests_per_s = static_cast<double>(limits.work.requests) / full.seconds;
  limits.saturation_output_tokens_per_s = output / full.seconds;
  limits.saturation_total_tokens_per_s =
      (output + static_cast<double>(limits.work.prompt_tokens)) / full.seconds;
}

double seconds_of(const std::vector<ResourceBound>& bounds, const char* resource) {
  for (const auto& bound : bounds)
    if (bound.resource == resource) return bound.seconds;
  return 0;
}

}  // namespace

Limits compute_offload_limits(const OffloadLimitsInput& input) {
  const LimitsInput& serving = input.serving;
  const auto roofline = make_op_time_model("roofline", serving.gpu);
  const WorkRates rates = work_rates(serving.model, *roofline);
  const KvLayout layout = kv_layout(serving.model, serving.serving.block_size);
  const WorkRules rules{serving.model.spans(), layout,
                        kv_cache_options(serving.serving, serving.max_model_len), serving.kv_blocks,
                        serving.max_model_len};
  Limits limits;
  limits.work = count_work(serving.table, rules);
  if (limits.work.requests == 0) {
    limits.binding_resource = limits.hardware_bound = "gpu_compute";
    return limits;
  }
  const ResourceBounds bounds(input, limits.work, rates);
  const double passes = tightest(pass_bounds(serving, limits.work)).passes;
  const auto all = bounds.at(passes);
  const ResourceBound binding = bounds.tightest(passes);
  limits.ideal_compute_s = seconds_of(all, "gpu_compute");
  limits.ideal_hbm_s = limits.capacity_hbm_s = seconds_of(all, "hbm");
  limits.hardware_bound = limits.binding_resource = binding.resource;
  limits.makespan_s = binding.seconds;
  if (serving.table.max_concurrency == 0) {
    limits.offered_s = offered_s(serving, rules, shortest_pass_s(input, rates));
    if (*limits.offered_s > limits.makespan_s) limits.binding_resource = "offered_load";
    limits.makespan_s = std::max(limits.makespan_s, *limits.offered_s);
  }
  limits.concurrent_sequences = concurrent_sequences(serving, limits.work, layout);
  set_saturation(serving, bounds, limits);
  limits.rows = offload_rows(input, limits, bounds);
  return limits;
}

}  // namespace headroom
