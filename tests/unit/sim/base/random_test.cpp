#include "sim/base/random.hpp"

#include <catch2/catch.hpp>
#include <cmath>

using headroom::RandomStream;

namespace {

struct Moments {
  double mean, variance;
};

template <class Draw>
Moments moments(int n, Draw draw) {
  double sum = 0, squares = 0;
  for (int i = 0; i < n; ++i) {
    const double x = draw();
    sum += x;
    squares += x * x;
  }
  const double mean = sum / n;
  return {mean, squares / n - mean * mean};
}

constexpr int kDraws = 200'000;

}  // namespace

TEST_CASE("a stream is a function of its seed and its name", "[base][random]") {
  RandomStream a(1, "arrivals"), same(1, "arrivals"), other_name(1, "lengths"),
      other_seed(2, "arrivals");
  const auto first = a.next_bits();
  REQUIRE(first == same.next_bits());
  REQUIRE(first != other_name.next_bits());
  REQUIRE(first != other_seed.next_bits());
}

// Tolerances are 5 standard errors of the estimate: sqrt(variance / kDraws) for the mean.
TEST_CASE("distributions have the moments they claim", "[base][random]") {
  RandomStream stream(7, "moments");
  SECTION("exponential of mean 3 has variance 9") {
    const auto m = moments(kDraws, [&] { return stream.exponential(3.0); });
    REQUIRE(m.mean == Approx(3.0).margin(5 * 3.0 / std::sqrt(kDraws)));
    REQUIRE(m.variance == Approx(9.0).epsilon(0.05));
  }
  SECTION("gamma of shape 0.5 and scale 4 has mean 2 and variance 8") {
    const auto m = moments(kDraws, [&] { return stream.gamma(0.5, 4.0); });
    REQUIRE(m.mean == Approx(2.0).margin(5 * std::sqrt(8.0 / kDraws)));
    REQUIRE(m.variance == Approx(8.0).epsilon(0.05));
  }
  SECTION("gamma of shape 3 and scale 2 has mean 6 and variance 12") {
    const auto m = moments(kDraws, [&] { return stream.gamma(3.0, 2.0); });
    REQUIRE(m.mean == Approx(6.0).margin(5 * std::sqrt(12.0 / kDraws)));
    REQUIRE(m.variance == Approx(12.0).epsilon(0.05));
  }
  SECTION("normal has mean 0 and variance 1") {
    const auto m = moments(kDraws, [&] { return stream.normal(); });
    REQUIRE(m.mean == Approx(0.0).margin(5 / std::sqrt(kDraws)));
    REQUIRE(m.variance == Approx(1.0).epsilon(0.03));
  }
}

TEST_CASE("uniform integers cover their range, ends included", "[base][random]") {
  RandomStream stream(3, "uniform");
  bool seen[4] = {};
  for (int i = 0; i < 1000; ++i) {
    const auto x = stream.uniform_int(10, 13);
    REQUIRE(x >= 10);
    REQUIRE(x <= 13);
    seen[x - 10] = true;
  }
  REQUIRE((seen[0] && seen[1] && seen[2] && seen[3]));
}
