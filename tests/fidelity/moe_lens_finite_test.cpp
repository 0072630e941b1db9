// MoE-Lens with 2,000 to 100,000 requests and blocks of 1, 16 and 64 tokens against a recursion of
// stage 2 that knows nothing of the program: consistency.
#include <catch2/catch.hpp>

#include "tests/fidelity/moe_lens_recursion.hpp"

namespace headroom::fidelity {
namespace {

void is_within_6_percent_of_the_recursion(std::int64_t output_tokens) {
  for (const std::int64_t requests : {2'000, 20'000, 100'000})
    for (const std::int64_t block_size : {1, 16, 64}) {
      const MoeLensCase what{
          .output_tokens = output_tokens, .requests = requests, .block_size = block_size};
      const Stage2 expected = stage2_recursion(what);
      const MoeLensRun run = run_moe_lens("paced", what);
      CAPTURE(output_tokens, requests, block_size, run.passes, expected.passes);
      CHECK(run.makespan_s == Approx(expected.makespan_s).epsilon(0.06));
    }
}

}  // namespace

TEST_CASE("finite runs of 32 output tokens are within 6 % of stage 2", "[fidelity]") {
  is_within_6_percent_of_the_recursion(32);
}
TEST_CASE("finite runs of 64 output tokens are within 6 % of stage 2", "[fidelity]") {
  is_within_6_percent_of_the_recursion(64);
}
TEST_CASE("finite runs of 128 output tokens are within 6 % of stage 2", "[fidelity]") {
  is_within_6_percent_of_the_recursion(128);
}
TEST_CASE("finite runs of 256 output tokens are within 6 % of stage 2", "[fidelity]") {
  is_within_6_percent_of_the_recursion(256);
}

}  // namespace headroom::fidelity
