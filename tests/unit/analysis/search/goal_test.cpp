#include "analysis/search/goal.hpp"

#include <catch2/catch.hpp>

#include "sim/scenario/load_scenario.hpp"
#include "sim/sweep/load_sweep.hpp"

namespace headroom {
namespace {

const std::string kSweep =
    "scenario:\n"
    "  model: llama-3.1-8b\n"
    "  hardware: {gpu: h100-sxm}\n"
    "  workload: {arrivals: {process: poisson, rate: 1 /s}, prompt_tokens: 100, output_tokens: 10, "
    "requests: 10}\n"
    "axes: {serving.max_num_seqs: [16, 32]}\n"
    "search:\n";  // line 6

SearchGoal goal_of(const std::string& section) {
  return read_goal(load_sweep_text(kSweep + section, "s.yaml", ""));
}

std::string problems(const std::string& section) {
  try {
    goal_of(section);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("a goal is an objective under conditions", "[search][goal]") {
  const SearchGoal goal = goal_of(
      "  minimize: price_per_hour\n"
      "  subject_to: [\"ttft_p99_s <= 0.5\", \"goodput_requests_per_s >= 0.9 * "
      "requests_per_s\"]\n");
  CHECK(goal.objective->name == "price_per_hour");
  CHECK(!goal.objective->maximise);
  CHECK(goal.method == SearchMethod::kAuto);
  CHECK(goal.budget == Approx(1.0 / 3));
  REQUIRE(goal.conditions.size() == 2);
  REQUIRE(goal.conditions[0].bound);
  CHECK(goal.conditions[0].bound->metric == "ttft_p99_s");
  CHECK(goal.conditions[0].bound->at_most);
  CHECK(goal.conditions[0].bound->value == 0.5);
  CHECK(!goal.conditions[1].bound);  // not one metric against a number
  CHECK(goal.metrics() == std::vector<std::string>{"price_per_hour", "ttft_p99_s",
                                                   "goodput_requests_per_s", "requests_per_s"});
}

TEST_CASE("one condition need not be a list", "[search][goal]") {
  CHECK(goal_of("  maximize: output_tokens_per_s\n  subject_to: tpot_mean_s <= 0.05\n")
            .conditions.size() == 1);
}

TEST_CASE("a quest has its ends in one unit", "[search][goal]") {
  const SearchGoal goal = goal_of(
      "  find: {key: workload.arrivals.rate, from: 0.1 /s, to: 50 /s, tolerance: 2 %}\n"
      "  subject_to: slo_attainment >= 0.9\n");
  REQUIRE(goal.quest);
  CHECK(goal.quest->from == 0.1);
  CHECK(goal.quest->to == 50);
  CHECK(goal.quest->tolerance == Approx(0.02));
  CHECK(!goal.quest->whole);
  CHECK(setting_of(*goal.quest, 3.25) == "workload.arrivals.rate=3.25 /s");
  const SearchGoal whole = goal_of(
      "  find: {key: workload.arrivals.max_concurrency, from: 1, to: 512}\n"
      "  subject_to: tpot_mean_s <= 0.05\n");
  CHECK(whole.quest->whole);
  CHECK(whole.quest->tolerance == Approx(0.01));
  CHECK(setting_of(*whole.quest, 31.6) == "workload.arrivals.max_concurrency=32");
}

TEST_CASE("what is wrong with a goal is said at its place", "[search][goal]") {
  CHECK(
      problems("  minimise: price_per_hour\n").find("s.yaml:7:3: error: unknown key 'minimise'") !=
      std::string::npos);
  CHECK(problems("  minimize: ttft_p98_s\n")
            .find("s.yaml:7:13: error: 'ttft_p98_s' is no metric of a run; did you mean "
                  "'ttft_p9") != std::string::npos);
  CHECK(problems("  minimize: binding_resource\n").find("is no metric of a run") !=
        std::string::npos);
  CHECK(problems("  minimize: makespan_s\n  maximize: output_tokens_per_s\n")
            .find("'search.maximize' and 'search.minimize' exclude each other") !=
        std::string::npos);
  CHECK(problems("  minimize: makespan_s\n  subject_to: [\"ttft <= 1\"]\n")
            .find("s.yaml:8:16: error: the condition 'ttft <= 1': 'ttft' is no metric") !=
        std::string::npos);
  CHECK(problems("  minimize: makespan_s\n  subject_to: [\"ttft_p99_s <=\"]\n")
            .find("s.yaml:8:16: error: the condition 'ttft_p99_s <='") != std::string::npos);
  CHECK(problems("  minimize: makespan_s\n  subject_to: [\"1 < 2\"]\n").find("names no metric") !=
        std::string::npos);
  CHECK(problems("  subject_to: [\"ttft_p99_s <= 1\"]\n").find("needs 'minimize' or 'maximize'") !=
        std::string::npos);
  CHECK(problems("  minimize: makespan_s\n  budget: 2\n").find("at most 1") != std::string::npos);
}

TEST_CASE("what is wrong with a quest is said", "[search][goal]") {
  const std::string condition = "  subject_to: slo_attainment >= 0.9\n";
  CHECK(problems("  find: {key: workload.arrivals.rate, from: 5 /s, to: 1 /s}\n" + condition)
            .find("must be more than 'search.find.from'") != std::string::npos);
  CHECK(problems("  find: {key: workload.arrivals.rate, from: 5 /s, to: 10 /min}\n" + condition)
            .find("have different units") != std::string::npos);
  CHECK(problems("  find: {key: workload.arrivals.rate, from: fast, to: 10 /s}\n" + condition)
            .find("must be a number above 0") != std::string::npos);
  CHECK(problems("  find: {key: workload.arrivals.rate, from: 1 /s, to: 9 /s, tolerance: 0 %}\n" +
                 condition)
            .find("must be a share above 0") != std::string::npos);
  CHECK(problems("  find: {key: workload.arrivals.rate, from: 1 /s, to: 10 /s}\n")
            .find("'search.find' needs 'subject_to'") != std::string::npos);
}

TEST_CASE("a condition on what was not measured does not hold", "[search][goal]") {
  const SearchGoal goal =
      goal_of("  minimize: makespan_s\n  subject_to: [\"tpot_mean_s <= 0.1\"]\n");
  const Condition& condition = goal.conditions.front();
  CHECK(holds(condition, {{"tpot_mean_s", 0.1}}));
  CHECK(violation(condition, {{"tpot_mean_s", 0.1}}) == 0);
  CHECK(!holds(condition, {}));
  CHECK(violation(condition, {}) == 1);
  // 0.15 / 0.1 - 1.
  CHECK(violation(condition, {{"tpot_mean_s", 0.15}}) == Approx(0.5));
}

TEST_CASE("a price that nobody gave and an SLO that is not there are missed", "[search][goal]") {
  const std::string scenario =
      "model: llama-3.1-8b\n"
      "hardware: {gpu: h200-sxm}\n"
      "workload: {arrivals: {process: poisson, rate: 1 /s}, prompt_tokens: 100, output_tokens: 10, "
      "requests: 10}\n";
  const auto load = [&](std::vector<std::string> overrides) {
    return load_scenario_text(scenario, "s.yaml", {std::move(overrides), "", true, true});
  };
  const SearchGoal price = goal_of("  minimize: cost_usd_per_million_output_tokens\n");
  CHECK(missing_for(price, load({})).find("'hardware.price_per_hour' of h200-sxm is not given") !=
        std::string::npos);
  CHECK(missing_for(price, load({"hardware.price_per_hour=3 USD/h"})).empty());
  const SearchGoal slo = goal_of("  minimize: makespan_s\n  subject_to: slo_attainment >= 0.9\n");
  CHECK(missing_for(slo, load({})).find("the scenario has no 'slo'") != std::string::npos);
  CHECK(missing_for(slo, load({"slo.ttft=1 s"})).empty());
}

}  // namespace
}  // namespace headroom
