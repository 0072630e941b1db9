// Searching by halving against trying everything, on 20 spaces from seeds 1 to 20. The settings of
// the search (parts of the trace, budget for whole traces, weights of forecasts) were chosen on
// other seeds, from 101 up.
#include <catch2/catch.hpp>
#include <cstdio>

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
