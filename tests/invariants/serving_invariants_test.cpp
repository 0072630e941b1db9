// What must hold in every serving run, on scenarios drawn at random: fast-forward is exactly
// stepping, nothing is lost, nothing is faster than physics, and the same scenario is the same run.
#include <catch2/catch.hpp>
#include <iostream>

#include "hwmodels/compute/iteration_cost.hpp"
#include "hwmodels/compute/work_rates.hpp"
#include "sim/graph/dag.hpp"
#include "tests/invariants/random_scenario.hpp"
#include "tests/invariants/watched_policy.hpp"
#include "tests/support/compare_runs.hpp"

namespace headroom::test {
namespace {

void check_conservation(const SmallRun& scenario, const RunResult& result) {
  REQUIRE(result.outcomes.size() == scenario.table.requests.size());
  for (std::size_t i = 0; i < result.outcomes.size(); ++i) {
    const auto& request = scenario.table.requests[i];
    const auto& out = result.outcomes[i];
    INFO("request " << i << ": " << describe(out));
    REQUIRE((out.status == RequestStatus::kFinished || out.status == RequestStatus::kRejected));
    if (out.status == RequestStatus::kRejected) {
      REQUIRE(out.reason != RejectReason::kNone);
      REQUIRE(out.output_tokens == 0);
      REQUIRE(out.scheduled.value == -1);
      continue;
    }
    const std::int64_t room = scenario.max_model_len - request.prompt_tokens;
    REQUIRE(out.output_tokens == std::min<std::int64_t>(request.output_tokens, room));
    REQUIRE(out.arrival <= out.queued);
    REQUIRE(out.queued <= out.scheduled);
    REQUIRE(out.scheduled < out.first_token);
    REQUIRE(out.first_token <= out.finish);
    REQUIRE(out.finish.value <= result.makespan.value);
    REQUIRE(out.cached_tokens < out.prompt_tokens);
    REQUIRE(out.cached_tokens % scenario.serving.block_size == 0);
    if (!scenario.serving.enable_prefix_caching) REQUIRE(out.cached_tokens == 0);
  }
}

// Each output token but the first of its sequence is one gap.
void check_gaps(const RunResult& result) {
  std::int64_t gaps = 0;
  std::int64_t expected = 0;
  std::int64_t total_ns = 0;
  std::int64_t expected_ns = 0;
  for (const auto& bin : result.itl.bins()) {
    gaps += bin.count;
    total_ns += bin.total_ns;
  }
  for (const auto& out : result.outcomes) {
    if (out.status != RequestStatus::kFinished) continue;
    expected += out.output_tokens - 1;
    expected_ns += elapsed(out.first_token, out.finish).value;
  }
  REQUIRE(gaps == expected);
  REQUIRE(total_ns == expected_ns);
}

BatchSummary alone(const LoweredModel& model, std::int64_t prior, std::int64_t fresh, bool decode) {
  BatchSummary batch;
  batch.new_tokens = fresh;
  batch.sampled_sequences = 1;
  (decode ? batch.decode_sequences : batch.prefill_sequences) = 1;
  if (!decode) batch.prefill_tokens = fresh;
  auto& sums = decode ? batch.decode : batch.prefill;
  for (std::size_t i = 0; i < model.spans().size(); ++i)
    sums[i] = {attention_pairs(prior, fresh, model.spans()[i].window),
               attention_kv_read(prior, model.spans()[i].window)};
  return batch;
}

// No request ends before its own iterations could have run with nothing else in them; nor do all of
// them together. A prompt computed at once is the shortest: chunks add up to at least as much, but
// each may round down half a nanosecond.
void check_critical_path(const SmallRun& scenario, const RunResult& result) {
  const LoweredModel model(scenario.model, DataTypes{}, Parallelism{});
  const auto roofline = make_op_time_model("roofline", scenario.gpu);
  const IterationCost cost(model, scenario.op_times == nullptr ? *roofline : *scenario.op_times,
                           scenario.gpu);
  Dag everything;
  const auto add = [&](Duration duration) {
    everything.durations.push_back(duration);
    return static_cast<DagNode>(everything.durations.size() - 1);
  };
  for (const auto& out : result.outcomes) {
    if (out.status != RequestStatus::kFinished) continue;
    Dag own;
    const auto chain = [&](Duration duration) {
      own.durations.push_back(duration);
      const DagNode node = add(duration);
      if (own.durations.size() == 1) return;
      own.edges.push_back({static_cast<DagNode>(own.durations.size() - 2),
                           static_cast<DagNode>(own.durations.size() - 1)});
      everything.edges.push_back({node - 1, node});
    };
    chain(elapsed(TimePoint{0}, out.arrival));
    const std::int64_t fresh = out.prompt_tokens - out.cached_tokens;
    const Duration prefill =
        to_duration(Seconds{cost.iteration_seconds(alone(model, out.cached_tokens, fresh, false))});
    chain(Duration{prefill.value - fresh});
    for (std::int32_t token = 1; token < out.output_tokens; ++token)
      chain(to_duration(
          Seconds{cost.iteration_seconds(alone(model, out.prompt_tokens + token - 1, 1, true))}));
    REQUIRE(critical_path(own).length.value <= out.finish.value);
  }
  REQUIRE(critical_path(everything).length <= result.makespan);
}

// Work that was done at least once, at data-sheet rates, takes no longer than the devices were
// there.
void check_peak(const SmallRun& scenario, const RunResult& result) {
  const LoweredModel model(scenario.model, DataTypes{}, Parallelism{});
  const auto roofline = make_op_time_model("roofline", scenario.gpu);
  const WorkRates rates = work_rates(model, *roofline);
  double tokens = 0;
  double sampled = 0;
  for (const auto& out : result.outcomes) {
    if (out.status != RequestStatus::kFinished) continue;
    tokens += out.prompt_tokens - out.cached_tokens + out.output_tokens - 1;
    sampled += out.output_tokens;
  }
  const double available_s =
      to_seconds(result.makespan).value * static_cast<double>(scenario.replicas);
  REQUIRE(tokens * rates.compute_s_per_token + sampled * rates.compute_s_per_sample <=
          available_s * (1 + 1e-9));
  REQUIRE(tokens * rates.kv_s_per_token() <= available_s * (1 + 1e-9));
}

SequenceId longest_output(const SmallRun& scenario) {
  SequenceId longest = 0;
  const auto& requests = scenario.table.requests;
  for (std::size_t i = 0; i < requests.size(); ++i)
    if (requests[i].output_tokens > requests[static_cast<std::size_t>(longest)].output_tokens)
      longest = static_cast<SequenceId>(i);
  return longest;
}

std::int64_t preemptions(const RunResult& result) {
  std::int64_t sum = 0;
  for (const auto& out : result.outcomes) sum += out.preemptions;
  return sum;
}

RunOptions options_of(bool fast_forward, SequenceId critical,
                      const std::vector<std::int32_t>& avoidable) {
  RunOptions options;
  options.avoidable_tokens = avoidable;
  options.fast_forward = fast_forward;
  options.check_invariants = !fast_forward;
  options.critical_sequence = critical;
  return options;
}

void check_scenario(std::uint64_t number, FeatureCounts& features) {
  INFO("scenario " << number);
  SmallRun scenario = random_scenario(number, features);
  const SequenceId critical = number % 4 == 0 ? -1 : longest_output(scenario);
  // For the ledger alone: half of each prompt counts as computed elsewhere.
  std::vector<std::int32_t> avoidable;
  if (number % 3 == 0)
    for (const auto& request : scenario.table.requests)
      avoidable.push_back(request.prompt_tokens / 2);
  const RunResult fast = run(scenario, options_of(true, critical, avoidable));
  scenario.wrap_policy = [&](auto policy) {
    return std::make_unique<Watched>(std::move(policy), scenario.serving);
  };
  const RunResult stepped = run(scenario, options_of(false, critical, avoidable));
  scenario.wrap_policy = nullptr;
  const RunResult again = run(scenario, options_of(true, critical, avoidable));
  scenario.wrap_policy = [](auto policy) {
    return std::make_unique<AskedEveryTime>(std::move(policy));
  };
  const RunResult asked = run(scenario, options_of(true, critical, avoidable));
  REQUIRE(difference(fast, stepped) == "");
  REQUIRE(difference(fast, again) == "");
  REQUIRE(difference(fast, asked) == "");
  check_conservation(scenario, stepped);
  check_gaps(fast);
  check_critical_path(scenario, fast);
  // A clock that merely ticks has no relation to work.
  if (scenario.op_times == nullptr) {
    REQUIRE(ledger_difference(fast, stepped) == "");
    check_peak(scenario, fast);
  }
  REQUIRE(stepped.fast_forwarded_iterations == 0);
  REQUIRE(asked.fast_forwarded_iterations == 0);

  features["scenarios"] += 1;
  features["scenarios with preemptions"] += preemptions(fast) > 0 ? 1 : 0;
  features["preemptions"] += preemptions(fast);
  features["scenarios with fast-forwarded iterations"] +=
      fast.fast_forwarded_iterations > 0 ? 1 : 0;
  features["fast-forwarded iterations"] += fast.fast_forwarded_iterations;
  for (const auto& replica : fast.replicas) {
    features["iterations"] += replica.iterations;
    features["evictions"] += replica.kv_evictions;
    features["tokens hit in the cache"] += replica.prefix_hit_tokens;
  }
  for (const auto& out : fast.outcomes)
    features["rejected"] += out.status == RequestStatus::kRejected ? 1 : 0;
}

void check_family(std::uint64_t first, std::uint64_t count) {
  FeatureCounts features;
  for (std::uint64_t number = first; number < first + count; ++number)
    check_scenario(number, features);
  for (const auto& [name, n] : features) std::cout << name << ": " << n << '\n';
  CHECK(10 * features["scenarios with preemptions"] >= 3 * features["scenarios"]);
  CHECK(2 * features["scenarios with fast-forwarded iterations"] >= features["scenarios"]);
  CHECK(features["evictions"] > 0);
  CHECK(features["tokens hit in the cache"] > 0);
  CHECK(features["rejected"] > 0);
}

TEST_CASE("random scenarios 1 to 300 keep every invariant", "[invariants]") {
  check_family(1, 300);
}
TEST_CASE("random scenarios 301 to 600 keep every invariant", "[invariants]") {
  check_family(301, 300);
}
TEST_CASE("random scenarios 601 to 900 keep every invariant", "[invariants]") {
  check_family(601, 300);
}
TEST_CASE("random scenarios 901 to 1200 keep every invariant", "[invariants]") {
  check_family(901, 300);
}

}  // namespace
}  // namespace headroom::test
