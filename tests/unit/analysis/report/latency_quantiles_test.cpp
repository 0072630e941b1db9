#include "analysis/report/latency_quantiles.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

namespace headroom {
namespace {

double at(const std::vector<double>& quantiles, double fraction) {
  const auto place = std::find(kReportFractions.begin(), kReportFractions.end(), fraction);
  REQUIRE(place != kReportFractions.end());
  return quantiles.at(static_cast<std::size_t>(place - kReportFractions.begin()));
}

TEST_CASE("fractions of samples are interpolated linearly", "[report]") {
  const auto quantiles = quantiles_of_samples({4, 1, 3, 2});
  REQUIRE(at(quantiles, 0) == 1);
  REQUIRE(at(quantiles, 1) == 4);
  // Position 3 x 0.5 = 1.5: halfway between the second and the third of 1 2 3 4.
  REQUIRE(at(quantiles, 0.5) == Approx(2.5));
  // 3 x 0.99 = 2.97: 3 + 0.97 x (4 - 3).
  REQUIRE(at(quantiles, 0.99) == Approx(3.97));
}

TEST_CASE("values of a histogram count as the mean of their bin", "[report]") {
  const auto quantiles = quantiles_of_bins({{0.01, 3}, {0.02, 1}});
  REQUIRE(at(quantiles, 0.5) == 0.01);
  // Position 3 x 0.9 = 2.7: between the third (0.01) and the fourth (0.02).
  REQUIRE(at(quantiles, 0.9) == Approx(0.017));
  REQUIRE(at(quantiles, 1) == 0.02);
}

TEST_CASE("no samples have no distribution", "[report]") {
  REQUIRE(quantiles_of_samples({}).empty());
  REQUIRE(quantiles_of_bins({}).empty());
}

TEST_CASE("infinite samples leave the fractions below them finite", "[report]") {
  const double infinite = std::numeric_limits<double>::infinity();
  const auto quantiles = quantiles_of_samples({1, infinite, infinite});
  REQUIRE(at(quantiles, 0) == 1);
  // Position 2 x 0.6 = 1.2: between two infinities.
  REQUIRE(at(quantiles, 0.6) == infinite);
}

}  // namespace
}  // namespace headroom
