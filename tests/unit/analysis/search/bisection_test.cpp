#include "analysis/search/bisection.hpp"

#include <catch2/catch.hpp>
#include <functional>

namespace headroom {
namespace {

// Steps until the answer is known, for something that holds up to `limit`.
int climb(Bisection& bisection, double limit) {
  int steps = 0;
  while (const auto value = bisection.next()) {
    bisection.tell(*value, *value <= limit);
    REQUIRE(++steps < 100);
  }
  return steps;
}

TEST_CASE("bisection finds the highest value to its tolerance", "[search]") {
  for (const double limit : {0.11, 0.7, 3.0, 12.34, 49.9}) {
    Bisection bisection(0.1, 50, 0.01, false);
    const int steps = climb(bisection, limit);
    REQUIRE(bisection.highest());
    CHECK(*bisection.highest() <= limit);
    CHECK(*bisection.highest() * 1.01 >= limit);
    CHECK(*bisection.lowest_failure() > limit);
    // Both ends, and log2(ln(500) / ln(1.01)) = 9.3 halvings of the ratio.
    CHECK(steps <= 2 + 10);
  }
}

TEST_CASE("bisection stops at an end that decides", "[search]") {
  Bisection never(1, 10, 0.01, false);
  CHECK(climb(never, 0.5) == 1);
  CHECK(!never.highest());
  CHECK(*never.lowest_failure() == 1);
  Bisection always(1, 10, 0.01, false);
  CHECK(climb(always, 20) == 2);
  CHECK(*always.highest() == 10);
  CHECK(!always.lowest_failure());
}

TEST_CASE("bisection of whole numbers ends between neighbours", "[search]") {
  for (const double limit : {1.0, 2.0, 3.0, 17.0, 63.0}) {
    Bisection bisection(1, 64, 0.001, true);
    climb(bisection, limit);
    CHECK(*bisection.highest() == limit);
    CHECK(*bisection.lowest_failure() == limit + 1);
  }
}

}  // namespace
}  // namespace headroom
