#include "analysis/limits/prefill_backlog.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

// 1,000 prompt tokens a second on one GPU.
WorkRates thousand_tokens_a_second() {
  WorkRates rates;
  rates.compute_s_per_token = 0.001;
  return rates;
}

// One request a second, from 0 s, with prompts of so many tokens.
RequestTable table_of(const std::vector<std::int32_t>& prompts) {
  RequestTable table;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    Request request;
    request.arrival = TimePoint{static_cast<std::int64_t>(i) * 1'000'000'000};
    request.prompt_tokens = prompts[i];
    table.requests.push_back(request);
  }
  return table;
}

PrefillBacklog backlog_of(const std::vector<std::int32_t>& prompts, std::int64_t replicas) {
  return PrefillBacklog(table_of(prompts), WorkTotals{}, thousand_tokens_a_second(),
                        std::vector<bool>(prompts.size(), true), replicas);
}

TEST_CASE("prompts that arrive faster than they can be computed queue up", "[limits]") {
  // Five prompts of 2 s each, the last at 4 s: the k shortest take 2k s.
  const PrefillBacklog backlog = backlog_of({2000, 2000, 2000, 2000, 2000}, 1);
  // All five need 10 s, 6 s after the last arrival; the median's three need 6 s: 2 s after it.
  CHECK(backlog.ttft_quantile_s(1) == Approx(6));
  CHECK(backlog.ttft_quantile_s(0.5) == Approx(2));
  CHECK(backlog.ttft_quantile_s(0) == 0);
  // By 4 s + 1.5 s two are done, by 4 s + 2 s three.
  CHECK(backlog.share_within(1.5) == Approx(0.4));
  CHECK(backlog.share_within(2.001) == Approx(0.6));
  CHECK(backlog.share_within(6.001) == 1);
}

TEST_CASE("replicas share the backlog", "[limits]") {
  const PrefillBacklog backlog = backlog_of({2000, 2000, 2000, 2000, 2000}, 2);
  CHECK(backlog.ttft_quantile_s(1) == Approx(1));  // 10 s / 2, less 4 s
}

TEST_CASE("a backlog may choose the shortest prompts", "[limits]") {
  // 100 ms three times and 9 s twice: three are always in time.
  const PrefillBacklog backlog = backlog_of({9000, 100, 100, 9000, 100}, 1);
  CHECK(backlog.share_within(0.5) == Approx(0.6));
  CHECK(backlog.ttft_quantile_s(0.5) == 0);
  CHECK(backlog.ttft_quantile_s(1) == Approx(18.3 - 4));
}

TEST_CASE("tokens of a shared prefix are no work", "[limits]") {
  WorkTotals work;
  work.avoidable_tokens = {0, 1500};
  const PrefillBacklog backlog(table_of({2000, 2000}), work, thousand_tokens_a_second(),
                               {true, true}, 1);
  CHECK(backlog.ttft_quantile_s(1) == Approx(2.5 - 1));
}

TEST_CASE("what has to be refused is nobody's backlog", "[limits]") {
  const PrefillBacklog backlog(table_of({2000, 2000}), WorkTotals{}, thousand_tokens_a_second(),
                               {true, false}, 1);
  CHECK(backlog.ttft_quantile_s(1) == Approx(2));
}

}  // namespace
}  // namespace headroom
