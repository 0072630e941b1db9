#include "analysis/calibrate/fit.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace headroom {
namespace {

TEST_CASE("the minimum of a bowl is found from afar", "[calibrate]") {
  const Box box{{-10, 0}, {10, 1000}, {9, 900}};
  const auto at = minimise(box, [](std::span<const double> x) {
    return (x[0] - 3) * (x[0] - 3) + (x[1] - 250) * (x[1] - 250) * 1e-4;
  });
  CHECK(at[0] == Approx(3).epsilon(1e-3));
  CHECK(at[1] == Approx(250).epsilon(1e-3));
}

TEST_CASE("a minimum outside of the box is sought at its edge", "[calibrate]") {
  const auto at = minimise({{0, 0}, {1, 1}, {0.5, 0.5}}, [](std::span<const double> x) {
    return (x[0] - 3) * (x[0] - 3) + (x[1] - 0.25) * (x[1] - 0.25);
  });
  CHECK(at[0] == Approx(1));
  CHECK(at[1] == Approx(0.25).epsilon(1e-2));
}

TEST_CASE("a loss that is nowhere finite leaves the start", "[calibrate]") {
  const auto at = minimise({{0}, {1}, {0.5}}, [](std::span<const double>) {
    return std::numeric_limits<double>::quiet_NaN();
  });
  CHECK(at[0] == 0.5);
}

TEST_CASE("the soft absolute value is a square near zero and a line far from it", "[calibrate]") {
  // 0.03 (sqrt(1 + 0.01) - 1) = 0.03 x 0.0049876 for a tenth of the scale.
  CHECK(soft_absolute(0.003) == Approx(0.03 * 0.0049876).epsilon(1e-4));
  CHECK(soft_absolute(-3) == Approx(3).epsilon(0.011));
}

}  // namespace
}  // namespace headroom
