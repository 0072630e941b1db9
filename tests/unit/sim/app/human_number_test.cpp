#include "sim/app/human_number.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

TEST_CASE("times have four digits and a fitting unit", "[app]") {
  CHECK(human_time(0) == "0 s");
  CHECK(human_time(0.0123456) == "12.35 ms");
  CHECK(human_time(3.2e-6) == "3.2 us");
  CHECK(human_time(90) == "90 s");
  CHECK(human_time(7200) == "2 h");
  CHECK(human_time(172800) == "2 days");
}

TEST_CASE("counts have their thousands apart", "[app]") {
  CHECK(human_count(0) == "0");
  CHECK(human_count(999) == "999");
  CHECK(human_count(1000) == "1,000");
  CHECK(human_count(1234567) == "1,234,567");
  CHECK(human_count(-1234) == "-1,234");
  CHECK(human_count(-123) == "-123");
}

TEST_CASE("bytes, shares and bare numbers read naturally", "[app]") {
  CHECK(human_bytes(16 * 0x1p30) == "16 GiB");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_percent(0.9721) == "97.2 %");
  CHECK(human_number(0.012346) == "0.01235");
  CHECK(human_number(12345.6) == "12,346");
}

}  // namespace
}  // namespace headroom
