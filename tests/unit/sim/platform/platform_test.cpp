#include "sim/platform/platform.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

Platform with_bandwidth(double bytes_per_second) {
  return {.links = {{"pcie", BytesPerSecond(bytes_per_second)}}, .computes = {}};
}

TEST_CASE("a platform needs unique names over links and computes") {
  CHECK_NOTHROW(check_platform({}));
  CHECK_NOTHROW(check_platform({{{"a", BytesPerSecond(1)}, {"b", BytesPerSecond(2)}}, {{"c"}}}));
  CHECK_THROWS_WITH(check_platform({{{"a", BytesPerSecond(1)}, {"a", BytesPerSecond(2)}}, {}}),
                    Catch::Contains("'a' twice"));
  CHECK_THROWS_AS(check_platform({{{"a", BytesPerSecond(1)}}, {{"a"}}}), InternalError);
}

TEST_CASE("a link without a usable bandwidth is refused by name") {
  CHECK_NOTHROW(check_platform(with_bandwidth(25e9)));
  for (const double bad : {0.0, -1.0, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()})
    CHECK_THROWS_WITH(check_platform(with_bandwidth(bad)), Catch::Contains("'pcie'"));
}

}  // namespace
}  // namespace headroom
