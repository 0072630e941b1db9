#include "analysis/search/forecast.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/unit/analysis/search/made_up_space.hpp"

namespace headroom {
namespace {

using test::minimise;

TEST_CASE("without experience a part is expected to go on as it is", "[search][forecast]") {
  const SearchGoal goal = minimise("e2e_mean_s");
  const auto contenders = test::line(1, 1600);
  Contest contest(goal, contenders);
  contest.record(0, 0, {MetricValues{{"e2e_mean_s", 2}}, ""});
  CHECK(Forecast(contest, 1).of(0, View::kExpected).at("e2e_mean_s") == Approx(2));
  // Two parts to come, and a surprise of 3 % in each: 2 exp(-0.06).
  CHECK(Forecast(contest, 1).of(0, View::kHopeful).at("e2e_mean_s") ==
        Approx(1.8835).epsilon(1e-4));
}

TEST_CASE("what longer runs showed of one is expected of its like", "[search][forecast]") {
  const SearchGoal goal = minimise("e2e_mean_s");
  const auto contenders = test::line(2, 1600);
  Contest contest(goal, contenders);
  contest.record(0, 1, {MetricValues{{"e2e_mean_s", 1}}, ""});
  contest.record(0, kWholeTrace, {MetricValues{{"e2e_mean_s", 4}}, ""});
  contest.record(1, 1, {MetricValues{{"e2e_mean_s", 3}}, ""});
  // Weight 1/3 for one differing coordinate against 0.05 that nothing changes: ln 4 x 0.8696.
  CHECK(Forecast(contest, 1).of(1, View::kExpected).at("e2e_mean_s") ==
        Approx(3 * std::exp(std::log(4) * (1.0 / 3) / (1.0 / 3 + 0.05))));
  // Hope goes a part of the way back to no change, 1 - 1/3 of it.
  const double expected = std::log(4) * (1.0 / 3) / (1.0 / 3 + 0.05);
  CHECK(Forecast(contest, 1).of(1, View::kHopeful).at("e2e_mean_s") ==
        Approx(3 * std::exp(expected / 3)));
  // Without doubt there is no hope either.
  CHECK(Forecast(contest, 0).of(1, View::kHopeful).at("e2e_mean_s") ==
        Approx(3 * std::exp(expected)));
}

TEST_CASE("a whole run is what it was and a limit is the best there is", "[search][forecast]") {
  const SearchGoal goal = minimise("e2e_mean_s");
  auto contenders = test::line(2, 1600);
  contenders[1].best["e2e_mean_s"] = 0.7;
  Contest contest(goal, contenders);
  contest.record(0, kWholeTrace, {MetricValues{{"e2e_mean_s", 4}}, ""});
  CHECK(Forecast(contest, 1).of(0, View::kHopeful).at("e2e_mean_s") == 4);
  CHECK(Forecast(contest, 1).of(1, View::kHopeful).at("e2e_mean_s") == 0.7);
  contest.record(1, 0, {MetricValues{{"e2e_mean_s", 0.7}}, ""});
  CHECK(Forecast(contest, 1).of(1, View::kHopeful).at("e2e_mean_s") == 0.7);
}

TEST_CASE("missed requests shrink by no more than the trace grows", "[search][forecast]") {
  SearchGoal goal;
  goal.objective = Objective{"slo_attainment", true};
  const auto contenders = test::line(2, 1600);
  Contest contest(goal, contenders);
  // A quarter missed 20 %, the whole none, which cannot be: at least 5 % are there still.
  contest.record(0, 1, {MetricValues{{"slo_attainment", 0.8}}, ""});
  contest.record(0, kWholeTrace, {MetricValues{{"slo_attainment", 1}}, ""});
  contest.record(1, 1, {MetricValues{{"slo_attainment", 0.6}}, ""});
  const double change = -std::log(4) * (1.0 / 3) / (1.0 / 3 + 0.05);
  CHECK(Forecast(contest, 1).of(1, View::kExpected).at("slo_attainment") ==
        Approx(1 - 0.4 * std::exp(change)));
}

TEST_CASE("a price needs no trace", "[search][forecast]") {
  const SearchGoal goal = minimise("price_per_hour");
  auto contenders = test::line(1, 1600);
  contenders[0].best["price_per_hour"] = 2.5;
  Contest contest(goal, contenders);
  CHECK(Forecast(contest, 1).of(0, View::kExpected).at("price_per_hour") == 2.5);
  contest.record(0, 0, {MetricValues{{"price_per_hour", 2.5}}, ""});
  CHECK(Forecast(contest, 1).of(0, View::kHopeful).at("price_per_hour") == 2.5);
}

}  // namespace
}  // namespace headroom
