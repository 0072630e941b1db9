// The same run on SimGrid's clock and on ours alone. (SimGrid allows one engine per process: one
// case only.)
#include <catch2/catch.hpp>

#include "sim/base/random.hpp"
#include "tests/support/compare_runs.hpp"
#include "tests/support/small_run.hpp"

namespace headroom::test {
namespace {

TEST_CASE("a run under SimGrid equals one under the private kernel", "[simulation][serving]") {
  SmallRun what;
  what.replicas = 2;
  what.kv_blocks = 40;
  RandomStream random(3, "requests");
  std::int64_t now = 0;
  for (int i = 0; i < 200; ++i) {
    now += static_cast<std::int64_t>(random.exponential(3e6));
    what.table.requests.push_back(
        {.arrival = TimePoint{now},
         .prompt_tokens = static_cast<std::int32_t>(random.uniform_int(1, 200)),
         .output_tokens = static_cast<std::int32_t>(random.uniform_int(1, 100))});
  }
  const RunResult ours = run(what);
  TableWorkload workload(what.table);
  const auto simgrid = make_simgrid_kernel(Platform{});
  const RunResult theirs = run(what, workload, *simgrid);
  CHECK(difference(ours, theirs) == "");
  CHECK(ledger_difference(ours, theirs) == "");
}

}  // namespace
}  // namespace headroom::test
