#include "analysis/search/estimate.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "policies/execution/system_traits.hpp"
#include "sim/runtime/pass_runner.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

std::int32_t at_least_one(double tokens) {
  return static_cast<std::int32_t>(std::max(1.0, std::round(tokens)));
}

// Sequences that compute at once: as many as the scheduler takes, and the KV cache holds.
std::int64_t batch_of(const Scenario& scenario) {
  const WorkloadFacts& facts = scenario.offload->workload;
  const double length = facts.mean_prompt_tokens + facts.mean_output_tokens / 2;
  const auto held = static_cast<std::int64_t>(
      static_cast<double>(offload_capacity(scenario).kv_tokens) / std::max(1.0, length));
  return std::max<std::int64_t>(1, std::min({scenario.serving.max_num_seqs, facts.requests, held}));
}

// One system on one node, asked for the time of single passes.
class PassClock {
 public:
  PassClock(const Scenario& scenario, std::int64_t batch)
      : model_(scenario.model, scenario.dtype, scenario.parallelism),
        times_(make_op_time_model(scenario.cost_model, scenario.hardware.gpu)),
        node_(derated(scenario.offload->node, scenario.offload->system.efficiency)) {
    node_.shared_links = false;
    const WorkloadFacts& facts = scenario.offload->workload;
    system_ = make_execution_system(scenario.offload->system,
                                    {.model = model_,
                                     .node = node_,
                                     .seed = scenario.seed,
                                     .max_sequences = batch,
                                     .max_prompt_tokens = facts.max_prompt_tokens,
                                     .max_output_tokens = facts.max_output_tokens});
    runner_ =
        std::make_unique<PassRunner>(*system_, scenario.offload->system, node_, *times_, nullptr);
  }

  double seconds(const std::vector<PassRow>& rows) {
    return to_seconds(runner_->run(rows).makespan).value;
  }

  // Of the pass that takes this long.
  std::string bound(const std::vector<PassRow>& rows) {
    const PassResult& pass = runner_->run(rows);
    const OpGraph& graph = runner_->graph();
    const auto longest = std::max_element(pass.waits.begin(), pass.waits.end());
    if (longest == pass.waits.end() || *longest < pass.stream_busy[graph.watched]) return "gpu";
    return graph.causes[static_cast<std::size_t>(longest - pass.waits.begin())];
  }

 private:
  LoweredModel model_;
  std::unique_ptr<OpTimeModel> times_;
  NodeSpec node_;
  std::unique_ptr<ExecutionSystem> system_;
  std::unique_ptr<PassRunner> runner_;
};

}  // namespace

Estimate estimate(const Scenario& scenario) {
  const WorkloadFacts& facts = scenario.offload->workload;
  const std::int64_t batch = batch_of(scenario);
  const auto count = static_cast<std::size_t>(batch);
  const double output = std::max(1.0, facts.mean_output_tokens);
  const PassRow prompt{0, at_least_one(facts.mean_prompt_tokens), true};
  const PassRow decode{at_least_one(facts.mean_prompt_tokens + output / 2), 1, true};
  PassClock clock(scenario, batch);
  Estimate result;
  if (scenario.offload->system.name == "moe_lens") {
    // Prompts and decodes share passes: in steady state one sequence in `output` is new.
    std::vector<PassRow> rows(count, decode);
    const auto fresh = static_cast<std::size_t>(std::ceil(static_cast<double>(batch) / output));
    std::fill_n(rows.begin(), std::min(fresh, count), prompt);
    result.output_tokens_per_s = static_cast<double>(batch) / clock.seconds(rows);
    result.bound = clock.bound(rows);
    return result;
  }
  const std::vector<PassRow> prompts(count, prompt), decodes(count, decode);
  const double block_s = clock.seconds(prompts) + (output - 1) * clock.seconds(decodes);
  result.output_tokens_per_s = static_cast<double>(batch) * output / block_s;
  result.bound = clock.bound(decodes);
  return result;
}

}  // namespace headroom
