#include <catch2/catch.hpp>
#include <filesystem>

#include "sim/scenario/identity.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "tests/unit/sim/sweep/sweep_texts.hpp"

namespace headroom {
namespace {

using test::sweep_of;

constexpr const char* kAxes = "axes: {serving.max_num_seqs: [8, 16]}\nseeds: 2\n";

TEST_CASE("the scenario of a point is the base with its settings and its seed", "[sweep]") {
  const SweepPlan plan = sweep_of(kAxes, {"workload.requests=7"});
  const Scenario scenario = scenario_of(plan, plan.points[3]);
  CHECK(scenario.serving.max_num_seqs == 16);
  CHECK(scenario.seed == 2);
  CHECK(scenario.make_requests(1).requests.size() == 7);
  CHECK(scenario.name == "sweep");  // the sweep's name: the scenario has none
}

TEST_CASE("the text of the base and the settings give the same scenario again", "[sweep]") {
  const SweepPlan plan = sweep_of(kAxes);
  for (const auto& point : plan.points) {
    auto overrides = point.settings;
    overrides.push_back("seed=" + std::to_string(point.seed));
    const Scenario again = load_scenario_text(plan.base.text, "stored",
                                              {.overrides = overrides, .base_directory = ""});
    CHECK(scenario_hash(again) == scenario_hash(scenario_of(plan, point)));
  }
}

TEST_CASE("a sweep is known by what it means and not by its comments or its time limit",
          "[sweep]") {
  const SweepPlan plan = sweep_of(kAxes);
  CHECK(plan.sweep_id > 0);
  CHECK(sweep_of(std::string("# a comment\n") + kAxes + "time_limit: 5 s\n").sweep_id ==
        plan.sweep_id);
  CHECK(sweep_of("set: {serving.block_size: 32}\n" + std::string(kAxes)).sweep_id != plan.sweep_id);
  CHECK(sweep_of(kAxes, {"serving.block_size=32"}).base.scenario_id ==
        sweep_of("set: {serving.block_size: 32}\n" + std::string(kAxes)).base.scenario_id);
  CHECK(sweep_of("axes: {serving.max_num_seqs: [8, 17]}\nseeds: 2\n").sweep_id != plan.sweep_id);
}

TEST_CASE("a scenario that does not fit is an error or a remark as one asks", "[sweep]") {
  const SweepPlan plan = sweep_of("axes: {hardware.gpu: [t4]}\n");
  CHECK_THROWS_AS(scenario_of(plan, plan.points[0]), ConfigError);
  const Scenario scenario = scenario_of(plan, plan.points[0], /*unfit_is_error=*/false);
  CHECK_THAT(scenario.unfit, Catch::Contains("the weights of llama-3.1-8b take 14.96 GiB"));
  CHECK_FALSE(scenario.text.empty());
}

TEST_CASE("the search section is kept for those who read it", "[sweep]") {
  CHECK(sweep_of(kAxes).search.is_null());
  CHECK(sweep_of(std::string(kAxes) + "search: {minimize: makespan_s}\n").search.is_map());
}

TEST_CASE("the sweep files that come with the project load", "[sweep]") {
  int files = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(HEADROOM_SOURCE_DIR "/scenarios/sweeps")) {
    if (entry.path().extension() != ".yaml") continue;
    INFO(entry.path());
    ++files;
    CHECK_FALSE(load_sweep(entry.path().string()).points.empty());
  }
  CHECK(files >= 1);
}

}  // namespace
}  // namespace headroom
