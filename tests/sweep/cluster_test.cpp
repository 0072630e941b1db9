// The scripts for other machines, as far as one machine can run them.
#include <catch2/catch.hpp>

#include "tests/sweep/results_file.hpp"
#include "tests/sweep/small_sweep.hpp"

namespace headroom::test {
namespace {

using cli::Folder;

TEST_CASE("GNU parallel runs the shards of a sweep and merges them", "[sweep]") {
  Folder folder;
  if (folder.run({"parallel", "--version"}).exit_code != 0) {
    WARN("SKIPPED: GNU parallel is not installed");
    return;
  }
  write_small_sweep(folder, 5);
  REQUIRE(folder.headroom(sweep_arguments("whole.sqlite", 2)).exit_code == 0);
  const std::string script =
      std::string(HEADROOM_SOURCE_DIR) + "/scenarios/sweeps/cluster/gnu_parallel.sh";
  const auto outcome = folder.run({"env", std::string("HEADROOM=") + HEADROOM_BINARY, "bash",
                                   script, "sweep.yaml", "merged.sqlite", "3"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK((all_tables(folder.path("merged.sqlite")) == all_tables(folder.path("whole.sqlite"))));
  // Again: nothing is simulated twice, and nothing changes.
  const auto again = folder.run({"env", std::string("HEADROOM=") + HEADROOM_BINARY, "bash", script,
                                 "sweep.yaml", "merged.sqlite", "3"});
  REQUIRE(again.exit_code == 0);
  CHECK((all_tables(folder.path("merged.sqlite")) == all_tables(folder.path("whole.sqlite"))));
}

}  // namespace
}  // namespace headroom::test
