#include "analysis/limits/scenario_limits.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/limits/critical_path.hpp"
#include "analysis/limits/offload_limits.hpp"
#include "analysis/limits/resource_bounds.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

std::int64_t kv_blocks_of(const Scenario& scenario) {
  return scenario.offload ? offload_capacity(scenario).kv_blocks
                          : kv_capacity(scenario).usable_blocks;
}

LimitsInput limits_input(const Scenario& scenario, const LoweredModel& model,
                         const RequestTable& table) {
  return {.model = model,
          .gpu = scenario.hardware.gpu,
          .serving = scenario.serving,
          .table = table,
          .replicas = scenario.hardware.replicas,
          .kv_blocks = kv_blocks_of(scenario),
          .max_model_len = scenario.serving.max_model_len};
}

// Time to the first token, and from there to the last.
class Alone {
 public:
  Alone(const Scenario& scenario, const LoweredModel& model, const LimitsInput& input)
      : roofline_(make_op_time_model("roofline", scenario.hardware.gpu)),
        path_(model, *roofline_, scenario.hardware.gpu) {
    if (scenario.offload)
      pass_s_ = shortest_pass_s({input, scenario.offload->node, scenario.offload->system},
                                work_rates(model, *roofline_));
  }

  double first_token_s(std::int64_t prompt, std::int64_t cached) const {
    return pass_s_ ? *pass_s_ : path_.prefill_seconds(prompt, cached);
  }
  double further_tokens_s(std::int64_t prompt, std::int64_t decodes) const {
    return pass_s_ ? *pass_s_ * static_cast<double>(decodes)
                   : path_.decode_seconds(prompt, decodes);
  }

 private:
  std::unique_ptr<OpTimeModel> roofline_;
  SoloPath path_;
  std::optional<double> pass_s_;  // of a system: no pass of any batch is shorter
};

// Never above the bound: iterations are rounded to the nearest nanosecond.
Duration rounded_down(double seconds, std::int64_t iterations) {
  const double ns = seconds * (1 - 1e-9) * 1e9 - 0.5 * static_cast<double>(iterations);
  return Duration{static_cast<std::int64_t>(std::floor(std::max(0.0, ns)))};
}

}  // namespace

Limits scenario_limits(const Scenario& scenario, const LoweredModel& model,
                       const RequestTable& table) {
  const LimitsInput input = limits_input(scenario, model, table);
  if (!scenario.offload) return compute_limits(input);
  return compute_offload_limits({input, scenario.offload->node, scenario.offload->system});
}

std::vector<RequestOutcome> alone_outcomes(const Scenario& scenario, const LoweredModel& model,
                                           const RequestTable& table, const WorkTotals& work) {
  const LimitsInput input = limits_input(scenario, model, table);
  const KvLayout layout = kv_layout(model, scenario.serving.block_size);
  const WorkRules rules{model.spans(), layout,
                        kv_cache_options(scenario.serving, input.max_model_len), input.kv_blocks,
                        input.max_model_len};
  const Alone alone(scenario, model, input);
  std::vector<RequestOutcome> outcomes;
  outcomes.reserve(table.requests.size());
  for (std::size_t i = 0; i < table.requests.size(); ++i) {
    const Request& request = table.requests[i];
    RequestOutcome outcome;
    outcome.arrival = outcome.queued = outcome.scheduled = request.arrival;
    outcome.prompt_tokens = request.prompt_tokens;
    outcome.class_id = request.class_id;
    outcome.output_tokens = effective_output(request, rules);
    outcome.status =
        outcome.output_tokens > 0 ? RequestStatus::kFinished : RequestStatus::kRejected;
    if (outcome.output_tokens > 0) {
      const std::int64_t cached = work.avoidable_tokens.empty() ? 0 : work.avoidable_tokens[i];
      const std::int64_t decodes = outcome.output_tokens - 1;
      outcome.first_token =
          request.arrival + rounded_down(alone.first_token_s(request.prompt_tokens, cached), 1);
      outcome.finish =
          outcome.first_token +
          rounded_down(alone.further_tokens_s(request.prompt_tokens, decodes), decodes);
    }
    outcomes.push_back(outcome);
  }
  return outcomes;
}

}  // namespace headroom
