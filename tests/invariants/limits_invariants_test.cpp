// No run beats a limit that was computed without running it, and the ledger's useful work is the
// limit's work.
#include <algorithm>
#include <catch2/catch.hpp>

#include "analysis/limits/limits.hpp"
#include "tests/invariants/random_scenario.hpp"

namespace headroom::test {
namespace {

Limits limits_of(const SmallRun& what) {
  const LoweredModel model(what.model, DataTypes{}, Parallelism{});
  return compute_limits({.model = model,
                         .gpu = what.gpu,
                         .serving = what.serving,
                         .table = what.table,
                         .replicas = what.replicas,
                         .kv_blocks = what.kv_blocks,
                         .max_model_len = what.max_model_len});
}

void check_scenario(std::uint64_t number, FeatureCounts& bounds) {
  FeatureCounts features;
  SmallRun what = random_scenario(number, features);
  what.op_times = nullptr;  // some run on a ticking clock, which has no limits
  if (number % 4 == 0) {    // arithmetic slow enough to be what binds
    what.gpu.bf16 = FlopsPerSecond{2e9};
    what.gpu.fp32 = FlopsPerSecond{1e9};
  }
  const Limits limits = limits_of(what);
  RunOptions options;
  options.critical_sequence = limits.work.longest_request;
  options.avoidable_tokens = limits.work.avoidable_tokens;
  const RunResult result = run(what, options);
  INFO("scenario " << number << ": " << what.model.name);

  std::int64_t iterations = 0, rejected = 0, output = 0;
  double useful_compute_s = 0;
  for (const auto& replica : result.replicas) {
    iterations += replica.iterations;
    useful_compute_s += replica.account.compute_useful_s;
  }
  for (const auto& outcome : result.outcomes) {
    rejected += outcome.status == RequestStatus::kRejected ? 1 : 0;
    output += outcome.output_tokens;
  }
  // The counts agree with what happened, request by request.
  CHECK(limits.work.impossible == rejected);
  CHECK(limits.work.output_tokens == output);
  // attained_fraction throws if the run is shorter than any of its bounds.
  const double makespan_s = to_seconds(result.makespan).value;
  const double attained = attained_fraction(limits, makespan_s, iterations);
  CHECK((attained > 0 || limits.work.requests == 0));
  ++bounds[limits.binding_resource];
  if (limits.saturation_requests_per_s && limits.binding_resource != "offered_load")
    CHECK(static_cast<double>(limits.work.requests) / makespan_s <=
          *limits.saturation_requests_per_s * (1 + 1e-6));
  // Useful work is the unavoidable work; only what was cached instead of computed can make it less.
  // Latent attention has two forms: the newest token of a preempted sequence is computed in the
  // other one when it comes back.
  const auto replicas = static_cast<double>(what.replicas);
  const double tolerance = what.model.mla ? 0.01 : 1e-9;
  CHECK(useful_compute_s <= limits.ideal_compute_s * replicas * (1 + tolerance) + 1e-12);
  if (limits.work.avoidable_tokens.empty())
    CHECK(useful_compute_s == Approx(limits.ideal_compute_s * replicas).epsilon(tolerance));
}

}  // namespace

TEST_CASE("no random scenario beats its limits and all useful work is accounted for",
          "[invariants][limits]") {
  FeatureCounts bounds;
  for (std::uint64_t number = 1; number <= 1200; ++number) check_scenario(number, bounds);
  // Each kind of bound has been the tightest somewhere: none of them is vacuous.
  CHECK(bounds["hbm"] > 0);
  CHECK(bounds["compute"] > 0);
  CHECK(bounds["offered_load"] > 0);
  WARN("tightest bound: hbm " << bounds["hbm"] << ", compute " << bounds["compute"]
                              << ", offered load " << bounds["offered_load"]);
}

}  // namespace headroom::test
