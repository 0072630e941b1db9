#include "tests/bench/bare_loop.hpp"

#include <catch2/catch.hpp>

namespace headroom::bench {
namespace {

RequestTable table_of(const std::vector<std::pair<int, int>>& lengths) {
  RequestTable table;
  for (const auto& [prompt, output] : lengths) {
    Request request;
    request.prompt_tokens = prompt;
    request.output_tokens = output;
    table.requests.push_back(request);
  }
  return table;
}

// Every iteration takes 1 ms: only the weights cost anything.
constexpr BareCosts kOneMillisecond{.seconds_per_weight_pass = 1e-3};

TEST_CASE("the bare loop cuts a prompt at the token budget", "[bench]") {
  // 1,000 prompt tokens at 400 per iteration: 400, 400, 200 (which samples token 1), then one
  // iteration for token 2.
  const BareResult result =
      run_bare_loop(table_of({{1000, 2}}), {.token_budget = 400}, kOneMillisecond);
  CHECK(result.iterations == 4);
  CHECK(result.first_token_ns[0] == 3'000'000);
  CHECK(result.finish_ns[0] == 4'000'000);
}

TEST_CASE("the bare loop batches decodes and lets the shorter end first", "[bench]") {
  const BareResult result = run_bare_loop(table_of({{10, 5}, {10, 3}}), {}, kOneMillisecond);
  CHECK(result.iterations == 5);
  CHECK(result.finish_ns == std::vector<std::int64_t>{5'000'000, 3'000'000});
}

TEST_CASE("the bare loop preempts the last sequence when blocks run out and still finishes it",
          "[bench]") {
  // Two prompts of 32 tokens fill the four blocks of 16; the first decode needs a fifth.
  const BareResult result =
      run_bare_loop(table_of({{32, 4}, {32, 4}}), {.blocks = 4}, kOneMillisecond);
  CHECK(result.preemptions == 1);
  CHECK(result.finish_ns[0] == 4'000'000);
  CHECK(result.finish_ns[1] > result.finish_ns[0]);
}

TEST_CASE("the bare loop rejects what can never fit", "[bench]") {
  const BareResult result = run_bare_loop(table_of({{100, 4}}), {.blocks = 4}, kOneMillisecond);
  CHECK(result.rejected == 1);
  CHECK(result.finish_ns[0] == -1);
}

}  // namespace
}  // namespace headroom::bench
