#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "workloads/routing/expert_router.hpp"

using namespace headroom;

namespace {

constexpr RoutingShape kMixtral{.layers = 32, .experts = 8, .experts_per_token = 2};
constexpr RoutingShape kFine{.layers = 3, .experts = 64, .experts_per_token = 8};

std::vector<std::int32_t> experts_of(const ExpertRouter& router, std::uint64_t token,
                                     std::int64_t layer) {
  std::vector<std::int32_t> experts(static_cast<std::size_t>(router.shape().experts_per_token));
  router.experts_of(token, layer, experts);
  return experts;
}

std::vector<double> visit_shares(const ExpertRouter& router, std::int64_t layer, int tokens) {
  std::vector<double> shares(static_cast<std::size_t>(router.shape().experts));
  for (int token = 0; token < tokens; ++token)
    for (const auto expert : experts_of(router, static_cast<std::uint64_t>(token), layer))
      shares[static_cast<std::size_t>(expert)] += 1.0 / tokens;
  return shares;
}

}  // namespace

TEST_CASE("a token visits distinct experts and the same ones when asked again",
          "[workloads][routing]") {
  const double exponent = GENERATE(0.0, 1.0, 4.0);
  const auto router = make_drawn_router(kFine, {exponent, 0.3, 7});
  const auto again = make_drawn_router(kFine, {exponent, 0.3, 7});
  for (std::uint64_t token = 0; token < 500; ++token) {
    const auto experts = experts_of(*router, token, 2);
    REQUIRE(std::set<std::int32_t>(experts.begin(), experts.end()).size() == 8);
    REQUIRE(*std::min_element(experts.begin(), experts.end()) >= 0);
    REQUIRE(*std::max_element(experts.begin(), experts.end()) < 64);
    REQUIRE(experts == experts_of(*again, token, 2));
  }
  const auto other = make_drawn_router(kFine, {exponent, 0.3, 8});
  REQUIRE(visit_shares(*router, 0, 50) != visit_shares(*other, 0, 50));
}

TEST_CASE("tokens choose alike however they are batched", "[workloads][routing]") {
  const auto router = make_drawn_router(kMixtral, {1.0, 0.5, 3});
  std::vector<ExpertLoad> whole, one;
  for (std::int64_t layer = 0; layer < kMixtral.layers; ++layer) {
    router->route(100, 40, layer, whole);
    std::map<std::int32_t, std::int32_t> counts;
    for (std::uint64_t token = 100; token < 140; ++token) {
      router->route(token, 1, layer, one);
      for (const auto& load : one) counts[load.expert] += load.tokens;
    }
    REQUIRE(whole.size() == counts.size());
    for (const auto& load : whole) REQUIRE(counts[load.expert] == load.tokens);
  }
}

TEST_CASE("without an exponent all experts are visited alike", "[workloads][routing]") {
  const auto router = make_drawn_router(kFine, {0, 0, 1});
  constexpr int kTokens = 20'000;
  // 8 of 64: each token visits an expert with 1/8; five standard errors are
  // 5 sqrt(1/8 * 7/8 / 20000) = 0.0117.
  for (const double share : visit_shares(*router, 1, kTokens))
    REQUIRE(share == Approx(0.125).margin(0.0117));
  for (const double expected : router->visit_probabilities(1))
    REQUIRE(expected == Approx(0.125).epsilon(1e-9));
}

TEST_CASE("a single Zipf draw falls on rank r with r to the minus s over their sum",
          "[workloads][routing]") {
  const RoutingShape one{.layers = 1, .experts = 4, .experts_per_token = 1};
  const auto router = make_drawn_router(one, {1.0, 0, 5});
  auto shares = visit_shares(*router, 0, 50'000);
  std::sort(shares.rbegin(), shares.rend());
  // Weights 1, 1/2, 1/3, 1/4 sum to 25/12. Five standard errors: 5 sqrt(0.25 / 50000) = 0.0112.
  REQUIRE(shares[0] == Approx(12.0 / 25).margin(0.0112));
  REQUIRE(shares[1] == Approx(6.0 / 25).margin(0.0112));
  REQUIRE(shares[2] == Approx(4.0 / 25).margin(0.0112));
  REQUIRE(shares[3] == Approx(3.0 / 25).margin(0.0112));
}

TEST_CASE("drawing two of three by weight without replacement", "[workloads][routing]") {
  const RoutingShape two{.layers = 1, .experts = 3, .experts_per_token = 2};
  const auto router = make_drawn_router(two, {1.0, 0, 5});
  auto shares = visit_shares(*router, 0, 50'000);
  std::sort(shares.rbegin(), shares.rend());
  // Weights 6 : 3 : 2 of 11. The third is left out when the first two come in either order:
  // 6/11 * 3/5 + 3/11 * 6/8 = 0.53182, the second: 6/11 * 2/5 + 2/11 * 6/9 = 0.33939.
  REQUIRE(shares[2] == Approx(1 - 0.53182).margin(0.0112));
  REQUIRE(shares[1] == Approx(1 - 0.33939).margin(0.0112));
}

TEST_CASE("visit probabilities sum to the experts of a token and are near what is drawn",
          "[workloads][routing]") {
  const double exponent = GENERATE(0.5, 1.0, 2.0);
  const auto shape = GENERATE(kMixtral, kFine);
  const auto router = make_drawn_router(shape, {exponent, 0.4, 11});
  const auto expected = router->visit_probabilities(1);
  const auto measured = visit_shares(*router, 1, 20'000);
  double sum = 0;
  for (std::size_t e = 0; e < expected.size(); ++e) {
    sum += expected[e];
    REQUIRE(expected[e] <= 1.0);
    REQUIRE(expected[e] == Approx(measured[e]).margin(0.06));  // Rosen's is an approximation
  }
  REQUIRE(sum == Approx(static_cast<double>(shape.experts_per_token)).epsilon(0.01));
}

TEST_CASE("with affinity 1 one layer tells all others", "[workloads][routing]") {
  const auto router = make_drawn_router(kMixtral, {1.0, 1.0, 2});
  std::map<std::int32_t, std::int32_t> next_to;
  for (std::uint64_t token = 0; token < 300; ++token) {
    const auto here = experts_of(*router, token, 4), there = experts_of(*router, token, 5);
    for (std::size_t i = 0; i < here.size(); ++i) {
      const auto known = next_to.emplace(here[i], there[i]).first;
      REQUIRE(known->second == there[i]);
    }
  }
  REQUIRE(next_to.size() == 8);
}

TEST_CASE("affinity is the share of tokens that follow on beyond chance", "[workloads][routing]") {
  constexpr double kAffinity = 0.6;
  const auto sure = make_drawn_router(kFine, {0, 1.0, 2});
  const auto router = make_drawn_router(kFine, {0, kAffinity, 2});
  std::map<std::int32_t, std::int32_t> next_to;  // of the layers; the ranks are the same
  for (std::uint64_t token = 0; token < 500; ++token) {
    const auto here = experts_of(*sure, token, 0), there = experts_of(*sure, token, 1);
    for (std::size_t i = 0; i < here.size(); ++i) next_to[here[i]] = there[i];
  }
  int followed = 0;
  constexpr int kTokens = 5000;
  for (std::uint64_t token = 0; token < kTokens; ++token) {
    const auto here = experts_of(*router, token, 0), there = experts_of(*router, token, 1);
    bool all = true;
    for (std::size_t i = 0; i < here.size(); ++i) all = all && next_to[here[i]] == there[i];
    followed += all ? 1 : 0;
  }
  // By chance 8 of 64 in the same order never agree. Five standard errors: 0.035.
  REQUIRE(static_cast<double>(followed) / kTokens == Approx(kAffinity).margin(0.035));
}

TEST_CASE("a large pass visits as often as its tokens and no expert more than they are",
          "[workloads][routing]") {
  const double exponent = GENERATE(0.0, 1.0, 3.0);
  const auto router = make_drawn_router(kMixtral, {exponent, 0, 9});
  const auto expected = router->visit_probabilities(0);
  std::vector<ExpertLoad> loads;
  for (const std::int64_t tokens : {257, 1000, 4096}) {
    router->route(0, tokens, 0, loads);
    std::int64_t visits = 0;
    for (const auto& load : loads) {
      visits += load.tokens;
      REQUIRE(load.tokens <= tokens);
      const double share = static_cast<double>(load.tokens) / static_cast<double>(tokens);
      // Six standard errors of a binomial share, at most 6 * 0.5 / sqrt(n).
      REQUIRE(share == Approx(expected[static_cast<std::size_t>(load.expert)])
                           .margin(3 / std::sqrt(static_cast<double>(tokens))));
    }
    REQUIRE(visits == 2 * tokens);
  }
}

TEST_CASE("every expert at once when a token visits all", "[workloads][routing]") {
  const RoutingShape all{.layers = 1, .experts = 4, .experts_per_token = 4};
  const auto router = make_drawn_router(all, {6.0, 0, 1});
  std::vector<ExpertLoad> loads;
  router->route(0, 3, 0, loads);
  REQUIRE(loads == std::vector<ExpertLoad>{{0, 3}, {1, 3}, {2, 3}, {3, 3}});
  router->route(3, 1000, 0, loads);
  REQUIRE(loads == std::vector<ExpertLoad>{{0, 1000}, {1, 1000}, {2, 1000}, {3, 1000}});
}
