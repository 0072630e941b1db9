#include "analysis/search/pass_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "analysis/search/uncontended_system.hpp"
#include "policies/execution/system_traits.hpp"
#include "sim/runtime/pass_runner.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {
namespace {

// Passes of one shape: what is in an expert cache, and which experts are asked for, differs from
// pass to pass.
constexpr int kWarmUpPasses = 16;
constexpr int kTimedPasses = 16;

double real(std::int64_t count) { return static_cast<double>(count); }

std::int32_t at_least_one(double tokens) {
  return static_cast<std::int32_t>(std::max(1.0, std::round(tokens)));
}

std::size_t rows_of(double count) {
  return static_cast<std::size_t>(std::max(0.0, std::round(count)));
}

// One system on one node, asked for the time of single passes.
class PassClock {
 public:
  PassClock(const Scenario& scenario, double batch)
      : facts_(scenario.offload->workload),
        budget_(real(scenario.serving.max_num_batched_tokens)),
        varies_(find_system_traits(scenario.offload->system.name)->has_experts),
        model_(scenario.model, scenario.dtype, scenario.parallelism),
        times_(make_op_time_model(scenario.cost_model, scenario.hardware.gpu)),
        node_(derated(scenario.offload->node, scenario.offload->system.efficiency)),
        system_(make_execution_system(scenario.offload->system,
                                      {.model = model_,
                                       .node = node_,
                                       .seed = scenario.seed,
                                       .max_sequences = static_cast<std::int64_t>(batch),
                                       .max_prompt_tokens = facts_.max_prompt_tokens,
                                       .max_output_tokens = facts_.max_output_tokens})),
        runner_(system_, scenario.offload->system, node_, *times_, nullptr) {}

  // A pass over so many prompts of `prompt_tokens` each and so many sequences in the middle of
  // their output; 0 for none of either.
  double seconds(std::size_t prompts, double prompt_tokens, std::size_t decodes) {
    rows_.assign(prompts, {0, at_least_one(prompt_tokens), true});
    const double middle = facts_.mean_prompt_tokens + facts_.mean_output_tokens / 2;
    rows_.resize(prompts + decodes, {at_least_one(middle), 1, true});
    if (rows_.empty()) return 0;
    if (!varies_) return one_pass();
    // Prompts are long: few of them fill a cache and tell the mean.
    const int rarer = prompts > 0 ? 8 : 1;
    for (int i = 0; i < kWarmUpPasses / rarer; ++i) runner_.run(rows_);
    double sum = 0;
    for (int i = 0; i < kTimedPasses / rarer; ++i) sum += one_pass();
    return sum / (kTimedPasses / rarer);
  }
  // Of so many prompts, in as many passes as the token budget makes of them.
  double prompt_seconds(double prompts) {
    const double passes = std::ceil(prompts * facts_.mean_prompt_tokens / budget_);
    if (prompts >= passes)
      return passes * seconds(rows_of(prompts / passes), facts_.mean_prompt_tokens, 0);
    return passes * seconds(1, prompts * facts_.mean_prompt_tokens / passes, 0);
  }
  double decode_seconds(double sequences) {
    return seconds(0, 0, std::max<std::size_t>(1, rows_of(sequences)));
  }

  // Of the last pass.
  const std::string& bound() const { return bound_; }

 private:
  double one_pass() {
    const PassResult& pass = runner_.run(rows_);
    const OpGraph& graph = runner_.graph();
    const auto longest = std::max_element(pass.waits.begin(), pass.waits.end());
    const bool waits = longest != pass.waits.end() && *longest >= pass.stream_busy[graph.watched];
    bound_ = waits ? graph.causes[static_cast<std::size_t>(longest - pass.waits.begin())] : "gpu";
    return std::max(to_seconds(pass.makespan), system_.busiest_link(pass)).value;
  }

  const WorkloadFacts& facts_;
  double budget_;
  bool varies_;
  LoweredModel model_;
  std::unique_ptr<OpTimeModel> times_;
  NodeSpec node_;
  UncontendedSystem system_;
  PassRunner runner_;
  std::vector<PassRow> rows_;
  std::string bound_;
};

// Whole blocks of so many sequences, and the rest.
PassEstimate estimate_blocks(const Scenario& scenario, double block) {
  const WorkloadFacts& facts = scenario.offload->workload;
  const double requests = real(facts.requests);
  const double outputs = facts.mean_output_tokens, passes = real(facts.max_output_tokens) - 1;
  PassClock clock(scenario, block);
  double decode_s = 0;  // of the last block that was asked for
  const auto block_seconds = [&](double sequences) {
    const double left = passes > 0 ? sequences * (outputs - 1) / passes : 0.0;
    const double prompts_s = clock.prompt_seconds(sequences);
    decode_s = passes > 0 ? clock.decode_seconds(left) : 0.0;
    return prompts_s + passes * decode_s;
  };
  const double whole = std::floor(requests / block), rest = requests - whole * block;
  const double rest_s = rest > 0 ? block_seconds(rest) : 0.0;
  const double total_s = whole * block_seconds(block) + rest_s;
  return {requests * outputs / total_s, decode_s, clock.bound()};
}

// Sequences that are admitted over so many passes, at most `slots` at a time; then `tail` passes
// until the last of them ends.
PassEstimate estimate_stream(const Scenario& scenario, double slots, double admission_passes,
                             double tail) {
  const WorkloadFacts& facts = scenario.offload->workload;
  const double requests = real(facts.requests);
  const double prompt = facts.mean_prompt_tokens, output = facts.mean_output_tokens;
  const double admitted = requests / admission_passes;  // per pass
  const double running = std::min(admitted * output, requests);
  const double decodes =
      std::max(0.0, admitted * (output - 1) * (tail > 0 ? 1 - running / (2 * requests) : 1.0));
  PassClock clock(scenario, slots);
  const double chunks = std::ceil(prompt / real(scenario.serving.max_num_batched_tokens));
  double steady_s = 0;
  if (admitted * chunks >= 1) {
    const std::size_t prompts = rows_of(admitted * chunks);
    steady_s = admission_passes * clock.seconds(prompts, prompt / chunks, rows_of(decodes));
  } else {
    const std::size_t beside = rows_of(std::min(decodes, slots - 1));
    const double with_prompt = std::min(admission_passes, requests * chunks);
    steady_s = with_prompt * clock.seconds(1, prompt / chunks, beside);
    steady_s += (admission_passes - with_prompt) * clock.decode_seconds(decodes);
  }
  const double tail_s = tail > 0 ? tail * clock.decode_seconds(running / 2) : 0.0;
  return {requests * output / (steady_s + tail_s), output > 1 ? steady_s / admission_passes : 0.0,
          clock.bound()};
}

}  // namespace

PassEstimate estimate_from_passes(const Scenario& scenario) {
  const WorkloadFacts& facts = scenario.offload->workload;
  const ServingConfig& serving = scenario.serving;
  const double requests = real(facts.requests);
  const double at_once = std::min(real(serving.max_num_seqs), requests);
  if (serving.scheduler == "static_batch") return estimate_blocks(scenario, at_once);

  const double prompt = facts.mean_prompt_tokens, output = facts.mean_output_tokens;
  const double held = real(offload_capacity(scenario).kv_tokens) / (prompt + output / 2);
  const double slots = std::max(1.0, std::floor(std::min(at_once, held)));
  const double by_slots = requests * output / slots;
  double by_tokens = requests * (prompt + output - 1) / real(serving.max_num_batched_tokens);
  if (serving.scheduler == "paced")
    by_tokens = std::max(by_tokens, requests / serving.admission_rate);
  if (by_tokens + output - 1 > by_slots)
    return estimate_stream(scenario, slots, std::max(1.0, by_tokens), output - 1);
  // Sequences of one length start and end together.
  const bool is_lockstep = output >= real(facts.max_output_tokens);
  return is_lockstep ? estimate_blocks(scenario, slots)
                     : estimate_stream(scenario, slots, by_slots, 0);
}

}  // namespace headroom
