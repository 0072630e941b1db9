// A run of a sweep is stored as the base and its parameters: they give the scenario back.
#include <catch2/catch.hpp>

#include "sim/app/stored_run.hpp"
#include "sim/scenario/identity.hpp"
#include "tests/sweep/results_file.hpp"
#include "tests/sweep/small_sweep.hpp"

namespace headroom::test {
namespace {

using cli::Folder;

TEST_CASE("base and parameters of a stored run give the scenario that was simulated", "[sweep]") {
  Folder folder;
  write_small_sweep(folder);
  // Keys within keys, whatever the order of the axes; variants that set different keys, and one
  // that replaces a section; maps as values; a name that is that of the base's file.
  folder.write("sweep.yaml",
               "base: base.yaml\n"
               "set: {serving.block_size: 32, serving.max_num_batched_tokens: 1024}\n"
               "axes:\n"
               "  hardware.gpu.hbm_bandwidth: [2 TB/s, 3 TB/s]\n"
               "  hardware.gpu: [h100-sxm, {base: a100-80gb-sxm, l2: 30 MB}]\n"
               "  layout: {variants: {none: {}, small: {serving: {max_num_seqs: 4}}}}\n"
               "  workload.prompt_tokens: [50, {distribution: uniform, min: 10, max: 60}]\n"
               "seeds: 2\n");
  const auto outcome = folder.headroom(sweep_arguments("r.sqlite", 2));
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Rows runs = ask(folder.path("r.sqlite"), "SELECT run_id, scenario_id, seed FROM run");
  REQUIRE(runs.size() == 32);
  // The text stands in the file once, in the row of the base.
  CHECK(count_of(folder.path("r.sqlite"), "scenario WHERE text IS NOT NULL") == 1);
  Database database(folder.path("r.sqlite").string(), OpenMode::kRead);
  for (const auto& run : runs) {
    const Scenario scenario = load_stored_scenario(database, std::stoll(run[0]));
    CHECK(scenario_hash(scenario) == std::stoull(run[1]));
    CHECK(std::to_string(scenario.seed) == run[2]);
    CHECK(scenario.name == "base");
  }
}

}  // namespace
}  // namespace headroom::test
