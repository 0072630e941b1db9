#include "analysis/metrics/percentile.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/random.hpp"

namespace headroom {
namespace {

TEST_CASE("percentiles interpolate linearly between neighbours like numpy", "[metrics]") {
  std::vector<double> samples{50, 10, 40, 20, 30};
  const Distribution d = *summarize(samples);
  // (5 - 1) q: 2.0, 3.6, 3.8, 3.96; between 40 and 50 from position 3 on.
  CHECK(d.mean == 30);
  CHECK(d.p50 == 30);
  CHECK(d.p90 == Approx(46.0).epsilon(1e-14));
  CHECK(d.p95 == Approx(48.0).epsilon(1e-14));
  CHECK(d.p99 == Approx(49.6).epsilon(1e-14));
}

TEST_CASE("one sample is every percentile and no sample is none", "[metrics]") {
  std::vector<double> one{3.5};
  const Distribution d = *summarize(one);
  CHECK((d.mean == 3.5 && d.p50 == 3.5 && d.p99 == 3.5));
  std::vector<double> none;
  CHECK_FALSE(summarize(none));
}

TEST_CASE("selection gives what sorting gives", "[metrics]") {
  RandomStream random(7, "percentile test");
  for (int round = 0; round < 200; ++round) {
    std::vector<double> samples(static_cast<std::size_t>(random.uniform_int(1, 300)));
    // Few distinct values: ties are where selection goes wrong.
    for (double& x : samples) x = static_cast<double>(random.uniform_int(0, 20));
    std::vector<double> sorted = samples;
    std::sort(sorted.begin(), sorted.end());
    const auto expected = [&](double q) {
      const double position = static_cast<double>(sorted.size() - 1) * q;
      const auto low = static_cast<std::size_t>(position);
      const std::size_t high = std::min(low + 1, sorted.size() - 1);
      return sorted[low] + (sorted[high] - sorted[low]) * (position - static_cast<double>(low));
    };
    const Distribution d = *summarize(samples);
    REQUIRE(d.p50 == expected(0.5));
    REQUIRE(d.p90 == expected(0.9));
    REQUIRE(d.p95 == expected(0.95));
    REQUIRE(d.p99 == expected(0.99));
  }
}

}  // namespace
}  // namespace headroom
