// Neither the number of jobs nor shards nor the order in which runs end shows in any table.
#include <catch2/catch.hpp>

#include "tests/sweep/results_file.hpp"
#include "tests/sweep/small_sweep.hpp"

namespace headroom::test {
namespace {

using cli::Folder;
using cli::Outcome;

Outcome sweep(const Folder& folder, const std::string& database, int jobs,
              const std::vector<std::string>& more = {}) {
  const Outcome outcome = folder.headroom(sweep_arguments(database, jobs, more));
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return outcome;
}

TEST_CASE("one job or two or three shards merged in any order leave the same tables", "[sweep]") {
  Folder folder;
  write_small_sweep(folder, 7);  // 28 points
  const std::string record = GENERATE("summary", "requests");
  sweep(folder, "one.sqlite", 1, {"--record", record});
  sweep(folder, "two.sqlite", 2, {"--record", record});
  for (const char* part : {"1", "2", "3"})
    sweep(folder, std::string("part") + part + ".sqlite", 2,
          {"--record", record, "--shard", std::string(part) + "/3"});
  REQUIRE(folder.headroom({"merge", "merged.sqlite", "part2.sqlite", "part3.sqlite"}).exit_code ==
          0);
  REQUIRE(folder.headroom({"merge", "merged.sqlite", "part1.sqlite"}).exit_code == 0);
  // Once more, and in another order: nothing changes.
  REQUIRE(
      folder.headroom({"merge", "merged.sqlite", "part3.sqlite", "part1.sqlite", "part2.sqlite"})
          .exit_code == 0);
  const Rows one = all_tables(folder.path("one.sqlite"));
  CHECK(count_of(folder.path("one.sqlite"), "run") == 28);
  CHECK(count_of(folder.path("one.sqlite"), "run WHERE status = 'failed'") == 14);
  CHECK((one == all_tables(folder.path("two.sqlite"))));
  CHECK((one == all_tables(folder.path("merged.sqlite"))));
}

TEST_CASE("a sweep that is complete simulates nothing and one that grew only what is new",
          "[sweep]") {
  Folder folder;
  write_small_sweep(folder, 1);
  sweep(folder, "r.sqlite", 2);
  const Rows before = all_tables(folder.path("r.sqlite"));
  CHECK_THAT(sweep(folder, "r.sqlite", 2).out,
             Catch::Contains("0 runs simulated, 4 already there"));
  CHECK((before == all_tables(folder.path("r.sqlite"))));
  write_small_sweep(folder, 2);
  CHECK_THAT(sweep(folder, "r.sqlite", 2).out,
             Catch::Contains("2 runs simulated, 4 already there"));
  // Two sweeps share four runs.
  CHECK(count_of(folder.path("r.sqlite"), "run") == 8);
  CHECK(count_of(folder.path("r.sqlite"), "sweep_run") == 12);
}

TEST_CASE("results of a run alone and of a sweep are the same run", "[sweep]") {
  Folder folder;
  write_small_sweep(folder, 1);
  REQUIRE(
      folder.headroom({"run", "base.yaml", "--set", "serving.max_num_seqs=8", "--db", "r.sqlite"})
          .exit_code == 0);
  CHECK_THAT(sweep(folder, "r.sqlite", 1).out,
             Catch::Contains("1 runs simulated, 1 already there"));
  // It kept its text and its request rows, and has its place in the sweep.
  CHECK(count_of(folder.path("r.sqlite"),
                 "sweep_run JOIN run USING (run_id) JOIN scenario USING (scenario_id) WHERE "
                 "position = 0 AND text IS NOT NULL AND (SELECT count(*) FROM request) = 20") == 1);
}

TEST_CASE("merging keeps of two results of a run the one that knows more", "[sweep]") {
  Folder folder;
  write_small_sweep(folder, 1);
  // One second of simulated time is far beyond a limit of 1 ms of wall time.
  sweep(folder, "failed.sqlite", 1, {"--time-limit", "1 us"});
  sweep(folder, "summary.sqlite", 1);
  sweep(folder, "requests.sqlite", 1, {"--record", "requests"});
  CHECK(count_of(folder.path("failed.sqlite"), "run WHERE status = 'failed'") == 4);
  for (const auto& order : {std::vector<std::string>{"failed.sqlite", "summary.sqlite"},
                            std::vector<std::string>{"summary.sqlite", "failed.sqlite"}}) {
    std::vector<std::string> arguments{"merge", order[0] + ".out"};
    arguments.insert(arguments.end(), order.begin(), order.end());
    REQUIRE(folder.headroom(arguments).exit_code == 0);
    CHECK(
        (all_tables(folder.path(order[0] + ".out")) == all_tables(folder.path("summary.sqlite"))));
  }
  REQUIRE(folder.headroom({"merge", "summary.sqlite", "requests.sqlite"}).exit_code == 0);
  CHECK((all_tables(folder.path("summary.sqlite")) == all_tables(folder.path("requests.sqlite"))));
}

}  // namespace
}  // namespace headroom::test
