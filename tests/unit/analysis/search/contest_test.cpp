#include "analysis/search/contest.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/analysis/search/made_up_space.hpp"

namespace headroom {
namespace {

using test::at_most;
using test::minimise;

TraceResult measured(MetricValues values) { return {std::move(values), ""}; }

TEST_CASE("parts of a trace are a sixteenth and a quarter but never too short", "[search]") {
  CHECK(part_of_trace(1600, 0) == 100);
  CHECK(part_of_trace(1600, 1) == 400);
  CHECK(part_of_trace(1600, kWholeTrace) == 1600);
  CHECK(part_of_trace(320, 0) == 48);  // a sixteenth is 20
  CHECK(part_of_trace(30, 0) == 30);
}

TEST_CASE("what a limit refutes and what does not fit takes no part", "[search]") {
  const SearchGoal goal = minimise("makespan_s", {at_most("ttft_p99_s", 0.5)});
  auto contenders = test::line(3, 100);
  contenders[0].refusal = "no memory";
  contenders[1].best["ttft_p99_s"] = 0.6;
  contenders[2].best["ttft_p99_s"] = 0.4;
  Contest contest(goal, contenders);
  CHECK(contest.alive() == std::vector<std::size_t>{2});
  CHECK(contest.exhaustive_requests() == 200);  // trying all would try the refuted one
  contest.record(2, kWholeTrace, measured({{"makespan_s", 3}, {"ttft_p99_s", 0.45}}));
  const SearchOutcome outcome = contest.outcome(false);
  REQUIRE(outcome.ranking.size() == 3);
  CHECK(outcome.ranking[0].standing == Standing::kBest);
  CHECK(outcome.ranking[0].contender == 2);
  CHECK(outcome.ranking[1].standing == Standing::kRefuted);
  CHECK(outcome.ranking[1].reason.find("ttft_p99_s >= 0.6") != std::string::npos);
  CHECK(outcome.ranking[2].standing == Standing::kUnfit);
  CHECK(outcome.ranking[2].reason == "no memory");
  CHECK(outcome.simulated_requests == 100);
}

TEST_CASE("a limit in the direction that a condition does not mind refutes nothing", "[search]") {
  SearchGoal goal = minimise("makespan_s");
  // Wanting a long TTFT is odd, but no limit speaks against it.
  goal.conditions.push_back({"ttft_p99_s >= 0.5", Expression::parse("ttft_p99_s >= 0.5"),
                             Condition::Bound{"ttft_p99_s", false, 0.5}});
  CHECK(refutation(goal, {{"ttft_p99_s", 0.1}}).empty());
}

TEST_CASE("only whole runs that meet the conditions can be best", "[search]") {
  const SearchGoal goal = minimise("makespan_s", {at_most("ttft_p99_s", 0.5)});
  const auto contenders = test::line(4, 1600);
  Contest contest(goal, contenders);
  contest.record(0, kWholeTrace, measured({{"makespan_s", 9}, {"ttft_p99_s", 0.4}}));
  contest.record(1, kWholeTrace, measured({{"makespan_s", 5}, {"ttft_p99_s", 0.7}}));
  contest.record(2, 1, measured({{"makespan_s", 1}, {"ttft_p99_s", 0.1}}));
  contest.record(3, kWholeTrace, measured({{"makespan_s", 8}, {"ttft_p99_s", 0.5}}));
  const auto ranking = contest.outcome(false).ranking;
  CHECK(ranking[0].contender == 3);
  CHECK(ranking[0].reason.empty());
  CHECK(ranking[1].contender == 0);
  CHECK(ranking[1].standing == Standing::kWorse);
  CHECK(ranking[1].reason == "makespan_s is 9; the best has 8");
  CHECK(ranking[2].standing == Standing::kMisses);
  CHECK(ranking[2].reason == "ttft_p99_s is 0.7, not <= 0.5");
  CHECK(ranking[3].standing == Standing::kStopped);
  CHECK(ranking[3].simulated_requests == 400);
  CHECK(ranking[3].reason == "after 400 requests makespan_s is 1; the best has 8");
}

TEST_CASE("a failed run takes its contender out", "[search]") {
  const SearchGoal goal = minimise("makespan_s");
  const auto contenders = test::line(1, 100);
  Contest contest(goal, contenders);
  contest.record(0, 0, {std::nullopt, "out of time"});
  CHECK(contest.alive().empty());
  CHECK(contest.outcome(false).ranking[0].standing == Standing::kFailed);
  CHECK(contest.outcome(false).ranking[0].reason == "out of time");
}

}  // namespace
}  // namespace headroom
