#include "sim/base/units.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"

using namespace headroom;

TEST_CASE("work divided by a rate is a time, rounded once to the nearest nanosecond", "[base]") {
  const Seconds time = Bytes{3.35e12} / BytesPerSecond{3.35e12};
  REQUIRE(time.value == 1.0);
  REQUIRE(to_duration(Seconds{1.4999999996e-6}).value == 1500);  // 1499.9999996 ns
  REQUIRE(to_duration(Seconds{0.4e-9}).value == 0);
  REQUIRE((TimePoint{5} + Duration{7}).value == 12);
  REQUIRE(elapsed(TimePoint{5}, TimePoint{12}).value == 7);
}

TEST_CASE("ceil_div counts the blocks a token count needs", "[base]") {
  REQUIRE(ceil_div(0, 16) == 0);
  REQUIRE(ceil_div(16, 16) == 1);
  REQUIRE(ceil_div(17, 16) == 2);
}

TEST_CASE("a failed check says what it expected and with which values", "[base]") {
  const int free_blocks = -1;
  try {
    HEADROOM_CHECK(free_blocks >= 0, "free blocks stay non-negative, got ", free_blocks);
    FAIL("the check must throw");
  } catch (const InternalError& error) {
    REQUIRE_THAT(error.what(), Catch::Contains("free blocks stay non-negative, got -1"));
  }
}

TEST_CASE("diagnostics print as file, line, column and are all in the exception", "[base]") {
  const ConfigError error(
      {{{"a.yaml", 3, 5}, "first"}, {{"b.csv", 7, 0}, "second"}, {{"--set", 0, 0}, "third"}});
  REQUIRE(std::string(error.what()) ==
          "a.yaml:3:5: error: first\nb.csv:7: error: second\n--set: error: third");
}
