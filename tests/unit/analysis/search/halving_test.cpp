#include "analysis/search/halving.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/analysis/search/made_up_space.hpp"

namespace headroom {
namespace {

using test::at_most;
using test::Laboratory;
using test::minimise;

double e2e(std::size_t contender, std::size_t best) {
  return 1 + std::abs(static_cast<double>(contender) - static_cast<double>(best));
}

TEST_CASE("trying all runs every contender over its whole trace", "[search][halving]") {
  Laboratory laboratory{[](std::size_t c, std::int64_t) {
                          return MetricValues{{"e2e_mean_s", e2e(c, 3)}};
                        },
                        {}};
  const auto contenders = test::line(5, 1000);
  const auto outcome = search_exhaustively(minimise("e2e_mean_s"), contenders, laboratory.runs());
  CHECK(outcome.ranking[0].contender == 3);
  CHECK(outcome.simulated_requests == 5000);
  CHECK(outcome.exhaustive_requests == 5000);
  CHECK(outcome.runs == 5);
}

TEST_CASE("halving keeps its budget and finds what short runs tell", "[search][halving]") {
  Laboratory laboratory{[](std::size_t c, std::int64_t) {
                          return MetricValues{{"e2e_mean_s", e2e(c, 17)}};
                        },
                        {}};
  const auto contenders = test::line(32, 1600);
  const auto outcome = search_by_halving(minimise("e2e_mean_s"), contenders, laboratory.runs());
  CHECK(outcome.ranking[0].contender == 17);
  CHECK(outcome.exhaustive_requests == 32 * 1600);
  CHECK(3 * outcome.simulated_requests <= outcome.exhaustive_requests);
  std::int64_t requests = 0;
  for (const auto& trial : laboratory.trials) requests += trial.requests;
  CHECK(requests == outcome.simulated_requests);
}

TEST_CASE("halving sees through runs that look good at first", "[search][halving]") {
  // The first half of the line looks better by a third and is twice as bad at the end, as a cache
  // that fills late makes it.
  Laboratory laboratory{[](std::size_t c, std::int64_t requests) {
                          const bool flattered = c < 16;
                          const double change =
                              flattered ? std::pow(static_cast<double>(requests) / 100, 0.4) : 1;
                          return MetricValues{{"e2e_mean_s", e2e(c, flattered ? 5 : 25) *
                                                                 (flattered ? 1 : 1.5) * change}};
                        },
                        {}};
  auto contenders = test::line(32, 1600);
  for (std::size_t c = 0; c < 32; ++c) contenders[c].coordinates = {c / 16, c % 16};
  const auto outcome = search_by_halving(minimise("e2e_mean_s"), contenders, laboratory.runs());
  // 1.5 of contender 25 against 16^0.4 = 3.03 of contender 5.
  CHECK(outcome.ranking[0].contender == 25);
}

TEST_CASE("what the limit of a contender rules out is not simulated", "[search][halving]") {
  Laboratory laboratory{[](std::size_t c, std::int64_t) {
                          return MetricValues{{"e2e_mean_s", e2e(c, 0)}};
                        },
                        {}};
  auto contenders = test::line(32, 1600);
  for (std::size_t c = 16; c < 32; ++c) contenders[c].best["e2e_mean_s"] = 10;
  const auto outcome = search_by_halving(minimise("e2e_mean_s", {at_most("e2e_mean_s", 9)}),
                                         contenders, laboratory.runs());
  CHECK(outcome.ranking[0].contender == 0);
  for (std::size_t c = 16; c < 32; ++c) CHECK(!laboratory.has_run(c));
}

TEST_CASE("the cheapest that will do is found without trying the dear ones", "[search][halving]") {
  // Contender c costs c; from 6 on the latency is good.
  Laboratory laboratory{[](std::size_t c, std::int64_t) {
                          return MetricValues{{"price_per_hour", static_cast<double>(c)},
                                              {"ttft_p99_s", c < 6 ? 5.0 : 0.1}};
                        },
                        {}};
  auto contenders = test::line(30, 1600);
  for (std::size_t c = 0; c < 30; ++c)
    contenders[c].best["price_per_hour"] = static_cast<double>(c);
  const auto outcome = search_by_halving(minimise("price_per_hour", {at_most("ttft_p99_s", 0.5)}),
                                         contenders, laboratory.runs());
  CHECK(outcome.ranking[0].contender == 6);
  for (const auto& trial : laboratory.trials)
    if (trial.contender > 7) CHECK(trial.requests < 1600);  // two whole runs go side by side
}

TEST_CASE("where nothing will do there is no best", "[search][halving]") {
  Laboratory laboratory{[](std::size_t, std::int64_t) {
                          return MetricValues{{"e2e_mean_s", 3}};
                        },
                        {}};
  const auto contenders = test::line(16, 1600);
  const auto outcome = search_by_halving(minimise("e2e_mean_s", {at_most("e2e_mean_s", 1)}),
                                         contenders, laboratory.runs());
  CHECK(outcome.ranking[0].standing != Standing::kBest);
  CHECK(3 * outcome.simulated_requests <= outcome.exhaustive_requests);
}

TEST_CASE("one contender is run once and whole", "[search][halving]") {
  Laboratory laboratory{[](std::size_t, std::int64_t) {
                          return MetricValues{{"e2e_mean_s", 3}};
                        },
                        {}};
  const auto contenders = test::line(1, 40);
  const auto outcome = search_by_halving(minimise("e2e_mean_s"), contenders, laboratory.runs());
  CHECK(outcome.ranking[0].standing == Standing::kBest);
  REQUIRE(laboratory.trials.size() == 1);
  CHECK(laboratory.trials[0].requests == 40);
}

TEST_CASE("a space of which nothing fits is ranked without a run", "[search][halving]") {
  Laboratory laboratory{[](std::size_t, std::int64_t) { return MetricValues{}; }, {}};
  auto contenders = test::line(3, 100);
  for (auto& contender : contenders) contender.refusal = "no memory";
  const auto outcome = search_by_halving(minimise("e2e_mean_s"), contenders, laboratory.runs());
  CHECK(laboratory.trials.empty());
  CHECK(outcome.ranking[0].standing == Standing::kUnfit);
}

}  // namespace
}  // namespace headroom
