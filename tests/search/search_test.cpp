// Searching by halving against trying everything, on 20 spaces from seeds 1 to 20. The settings of
// the search (parts of the trace, budget for whole traces, weights of forecasts) were chosen on
// other seeds, from 101 up.
#include <catch2/catch.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "analysis/search/metric_bounds.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "tests/search/searched_space.hpp"

namespace headroom {
namespace {

using test::SpaceKind;

constexpr std::uint64_t kSpaces = 20;
constexpr double kTolerance = 0.01, kLargestShare = 1.0 / 3;

SpaceKind kind_of(std::uint64_t seed) {
  if (seed <= 6) return SpaceKind::kLateKv;
  if (seed <= 11) return SpaceKind::kPrefixReuse;
  return seed <= 16 ? SpaceKind::kHardware : SpaceKind::kScheduling;
}

void print(const test::RandomSpace& space, const test::SearchedSpace& result) {
  std::printf(
      "space %2d: %3d points, %s: %.6g, best of all %.6g (%.2f %% off); %.1f %% of %lld "
      "requests; %d points fill their KV memory late%s\n",
      static_cast<int>(space.seed), static_cast<int>(result.points), result.goal.c_str(),
      result.found.value_or(-1), result.optimum.value_or(-1), 100 * result.regret,
      100 * result.share(), static_cast<long long>(result.exhaustive_requests),
      static_cast<int>(result.late_kv_points),
      result.has_prefix_reuse ? "; prefixes are reused" : "");
  std::fflush(stdout);
}

// An example, cut short; the number of metrics that beat their limit, in a process of its own.
std::int64_t broken_limits_of(const std::string& file, const std::vector<std::string>& settings) {
  const auto said = run_in_children(1, 1, [&](int) {
    const Scenario scenario =
        load_scenario(std::string(HEADROOM_SOURCE_DIR) + "/scenarios/" + file, settings);
    RunControl control;
    control.mode = RecordMode::kSummary;
    const MetricValues metrics = metric_values(run_scenario(scenario, control).metrics);
    const MetricValues best = metric_bounds(scenario).best;
    if (best.size() < 10) return std::string("999");  // hardly anything would be compared
    return std::to_string(test::broken_limits(metrics, best));
  });
  return std::stoll(said.front());
}

TEST_CASE("no run beats the limits of its metrics", "[search]") {
  CHECK(broken_limits_of("quickstart.yaml", {"workload.requests=300", "measure.after=0 s"}) == 0);
  CHECK(broken_limits_of(
            "quickstart.yaml",
            {"workload.requests=300", "workload.arrivals.rate=0.5 /s", "measure.after=0 s"}) == 0);
  CHECK(broken_limits_of("examples/closed_loop.yaml", {}) == 0);
  CHECK(broken_limits_of("examples/mixture_of_experts.yaml", {"workload.requests=100"}) == 0);
  CHECK(broken_limits_of("examples/mixtral_on_a_4090.yaml", {"workload.requests=3"}) == 0);
  CHECK(broken_limits_of("examples/mixtral_on_a_4090.yaml",
                         {"workload.requests=3", "system.experts.compute=cpu",
                          "system.experts.cache=static"}) == 0);
  CHECK(broken_limits_of("examples/contention_shared_links.yaml", {"workload.requests=64"}) == 0);
  CHECK(broken_limits_of("reproductions/moe_lens_mixtral_a40.yaml", {"workload.requests=500"}) ==
        0);
}

TEST_CASE("halving finds the best of 19 of 20 spaces with a third of the requests", "[search]") {
  int found = 0, late = 0, reused = 0;
  for (std::uint64_t seed = 1; seed <= kSpaces; ++seed) {
    const test::RandomSpace space = test::random_space(seed, kind_of(seed));
    const test::SearchedSpace result = test::search_space(space);
    print(space, result);
    CHECK(result.share() <= kLargestShare);
    CHECK(result.broken_limits == 0);
    if (result.regret <= kTolerance) ++found;
    if (result.late_kv_points > 0) ++late;
    if (result.has_prefix_reuse) ++reused;
  }
  CHECK(found >= 19);
  CHECK(late >= 5);
  CHECK(reused >= 5);
}

}  // namespace
}  // namespace headroom
