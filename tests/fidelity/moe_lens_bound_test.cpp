// MoE-Lens with 200,000 requests against its stage 1 (arXiv 2504.09345, Eqs. 3 and 4, with the g
// passes that there are: T = (p + g) / sum_{j<g} (p + j) x M / delta).
#include <catch2/catch.hpp>

#include "tests/fidelity/moe_lens_run.hpp"

namespace headroom::fidelity {
namespace {

double stage1(double g) {
  const double p = kPrompt;
  return (p + g) / (g * p + g * (g - 1) / 2) * kKvTokens / kPassSeconds;
}

// What the limits say must be the bound of this file too.
double bound_of(const MoeLensCase& what) {
  const double bound = stage1(static_cast<double>(what.output_tokens));
  CHECK(stage1_limit(what) == Approx(bound).epsilon(1e-4));
  return bound;
}

void paced_is_at_most_5_percent_below(std::int64_t output_tokens) {
  const MoeLensCase what{.output_tokens = output_tokens};
  const MoeLensRun run = run_moe_lens("paced", what);
  const double attained = run.total_tokens_per_s / bound_of(what);
  CAPTURE(output_tokens, attained, run.passes);
  CHECK(attained <= 1);
  CHECK(attained >= 0.95);
  CHECK(run.preemptions == 0);
  CHECK(run.seconds_of("extra_recompute") == 0);
}

// Admission as long as there is room. A fact found, not a claim of the paper: what was admitted
// together grows together, memory runs out, the last are preempted and computed again; and when the
// others end together, the token budget fills their memory again over many passes. Both cost
// passes, and recomputation makes those of few output tokens longer: their GPU is nearly as busy as
// the link. Returns the tokens per second over those of paced admission.
double greedy_recomputes(std::int64_t output_tokens) {
  const MoeLensCase what{.output_tokens = output_tokens};
  const MoeLensRun run = run_moe_lens("vllm", what);
  const double attained = run.total_tokens_per_s / bound_of(what);
  const double recomputation = run.seconds_of("extra_recompute");
  CAPTURE(output_tokens, attained, run.passes, run.preemptions, recomputation / run.makespan_s);
  CHECK(attained < 1);
  CHECK(run.preemptions > 10'000);
  CHECK(recomputation > 0.02 * run.makespan_s);
  // It is all that is extra; and what caps the batch is memory, not the policy or the load.
  CHECK(recomputation == Approx(run.seconds_of("extra_")).epsilon(0.01));
  CHECK(run.seconds_of("wait_weights_pcie_memory") > 0.9 * run.seconds_of("wait_weights_pcie"));
  return run.total_tokens_per_s / run_moe_lens("paced", what).total_tokens_per_s;
}

}  // namespace

TEST_CASE("paced admission of 32 output tokens is at most 5 % below stage 1", "[fidelity]") {
  paced_is_at_most_5_percent_below(32);
}
TEST_CASE("paced admission of 64 output tokens is at most 5 % below stage 1", "[fidelity]") {
  paced_is_at_most_5_percent_below(64);
}
TEST_CASE("paced admission of 128 output tokens is at most 5 % below stage 1", "[fidelity]") {
  paced_is_at_most_5_percent_below(128);
}
TEST_CASE("paced admission of 256 output tokens is at most 5 % below stage 1", "[fidelity]") {
  paced_is_at_most_5_percent_below(256);
}

TEST_CASE("the token budget of the reproduction caps the passes of 32 output tokens",
          "[fidelity]") {
  // Paced passes would have 147.04 x (98 + 31) = 18,968 tokens; 18,500, from which the GPU
  // saturates with the link of 32 GB/s in the paper's analysis, are 97.5 % of them. That is why the
  // scenario as it stands lands more than 5 % below stage 1, which knows no budget.
  const MoeLensCase what{.tokens_per_pass = 18'500};
  const double wanted = kKvTokens / (32 * 98 + 31 * 16) * (98 + 31);
  CHECK(wanted == Approx(18'968).epsilon(1e-4));
  const MoeLensRun run = run_moe_lens("paced", what);
  const double attained = run.total_tokens_per_s / bound_of(what);
  CAPTURE(attained);
  CHECK(attained <= 18'500 / wanted);
  CHECK(attained >= 0.95 * 18'500 / wanted);
}

// Measured: 0.892, 0.917, 0.955 and 0.981 of stage 1 for 32, 64, 128 and 256 output tokens, with
// 3.1, 4.9, 5.0 and 3.8 % of the GPU's time spent on recomputation. Paced: 0.964, 0.968, 0.974,
// 0.981.
TEST_CASE("greedy admission of 32 and 64 output tokens falls short of paced and recomputes",
          "[fidelity]") {
  CHECK(greedy_recomputes(32) < 0.95);
  CHECK(greedy_recomputes(64) < 0.97);
}
TEST_CASE("greedy admission of 128 output tokens falls short of paced and recomputes",
          "[fidelity]") {
  CHECK(greedy_recomputes(128) < 0.99);
}
// Recomputation fits into passes that the link makes as long anyway, and memory is full at once
// where the paced take 256 passes to fill it.
TEST_CASE("greedy admission of 256 output tokens recomputes and is as fast as paced",
          "[fidelity]") {
  CHECK(greedy_recomputes(256) == Approx(1).epsilon(0.005));
}

}  // namespace headroom::fidelity
