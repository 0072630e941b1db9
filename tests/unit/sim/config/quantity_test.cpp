#include "sim/config/quantity.hpp"

#include <catch2/catch.hpp>

using namespace headroom;

namespace {
double value_of(std::string_view text, Dimension dimension) {
  const auto parsed = parse_quantity(text, dimension);
  INFO(text << ": " << parsed.problem);
  REQUIRE(parsed.value.has_value());
  return *parsed.value;
}
std::string problem_of(std::string_view text, Dimension dimension) {
  const auto parsed = parse_quantity(text, dimension);
  INFO(text);
  CHECK_FALSE(parsed.value.has_value());
  return parsed.problem;
}
}  // namespace

TEST_CASE("a quantity is a number and a unit", "[config][quantity]") {
  CHECK(value_of("50 ms", Dimension::kTime) == 0.05);
  CHECK(value_of("50ms", Dimension::kTime) == 0.05);
  CHECK(value_of("1.5 us", Dimension::kTime) == 1.5e-6);
  CHECK(value_of("2 min", Dimension::kTime) == 120);
  CHECK(value_of("4 /s", Dimension::kRate) == 4);
  CHECK(value_of("120 /min", Dimension::kRate) == 2);
  CHECK(value_of("3.35 TB/s", Dimension::kBandwidth) == 3.35e12);
  CHECK(value_of("200 Gbit/s", Dimension::kBandwidth) == 25e9);
  CHECK(value_of("989.4 TFLOPS", Dimension::kFlops) == 989.4e12);
  CHECK(value_of("700 W", Dimension::kPower) == 700);
  CHECK(value_of("2.5 USD/h", Dimension::kPrice) == 2.5);
  CHECK(value_of("0.5", Dimension::kNone) == 0.5);
  CHECK(value_of("1e3 B", Dimension::kBytes) == 1000);
}

TEST_CASE("GB is a power of ten and GiB is a power of two", "[config][quantity]") {
  CHECK(value_of("1 GB", Dimension::kBytes) == 1e9);
  CHECK(value_of("1 GiB", Dimension::kBytes) == 1073741824.0);
  CHECK(value_of("80 GiB", Dimension::kBytes) == 80 * 1073741824.0);
  CHECK(value_of("1 MiB/s", Dimension::kBandwidth) == 1048576.0);
}

TEST_CASE("a quantity without its unit is refused with an example", "[config][quantity]") {
  CHECK(problem_of("50", Dimension::kTime) == "needs a unit, such as '50 ms'");
  CHECK(problem_of("50", Dimension::kBandwidth) == "needs a unit, such as '50 GB/s'");
  CHECK(problem_of("80", Dimension::kBytes) == "needs a unit, such as '80 GiB'");
  CHECK(problem_of("4", Dimension::kRate) == "needs a unit, such as '4 /s'");
  CHECK(problem_of("3 parsec", Dimension::kTime) ==
        "has the unknown unit 'parsec'; valid units: s, ms, us, ns, min, h");
  CHECK(problem_of("3 s", Dimension::kNone) == "is a bare number and takes no unit, got 's'");
}

TEST_CASE("what is no finite number is refused", "[config][quantity]") {
  CHECK(problem_of("nan s", Dimension::kTime) == "must be a finite number, got 'nan s'");
  CHECK(problem_of("inf s", Dimension::kTime) == "must be a finite number, got 'inf s'");
  CHECK(problem_of("1e999 s", Dimension::kTime) == "is out of range: '1e999 s'");
  CHECK(problem_of("1e300 TB", Dimension::kBytes) == "is out of range: '1e300 TB'");
  CHECK(problem_of("fast", Dimension::kTime) ==
        "is not a number: 'fast'; write one, such as '50 ms'");
  CHECK(problem_of("++5 s", Dimension::kTime) ==
        "is not a number: '++5 s'; write one, such as '50 ms'");
  CHECK(problem_of(" ", Dimension::kTime) == "is empty; write a number, such as '50 ms'");
}

TEST_CASE("whole numbers take no fraction and no exponent", "[config][quantity]") {
  CHECK(parse_integer("256") == 256);
  CHECK(parse_integer("1_000_000") == 1000000);
  CHECK(parse_integer("-3") == -3);
  CHECK(parse_integer("9223372036854775807") == 9223372036854775807LL);
  for (const auto* text : {"9223372036854775808", "1.0", "1e3", "", "_1", "0x10", "12 s", "1__0"}) {
    INFO(text);
    CHECK_FALSE(parse_integer(text).has_value());
  }
}

TEST_CASE("canonical text picks the largest prefix and reads back as the same number",
          "[config][quantity]") {
  CHECK(format_quantity(0.05, Dimension::kTime) == "50 ms");
  CHECK(format_quantity(1, Dimension::kTime) == "1 s");
  CHECK(format_quantity(3600, Dimension::kTime) == "3600 s");
  CHECK(format_quantity(3.35e12, Dimension::kBandwidth) == "3.35 TB/s");
  CHECK(format_quantity(989.4e12, Dimension::kFlops) == "989.4 TFLOPS");
  CHECK(format_quantity(0, Dimension::kTime) == "0 s");
  CHECK(format_quantity(25250627584.0, Dimension::kBytes) == "25.250627584 GB");
  CHECK(format_quantity(80e9, Dimension::kBytes) == "80 GB");
  CHECK(format_quantity(80 * 1073741824.0, Dimension::kBytes) == "80 GiB");
  CHECK(format_quantity(50 * 1048576.0, Dimension::kBytes) == "50 MiB");
  CHECK(format_quantity(0.9, Dimension::kNone) == "0.9");
  // Equal meaning gives equal text.
  CHECK(format_quantity(value_of("50 ms", Dimension::kTime), Dimension::kTime) ==
        format_quantity(value_of("0.05 s", Dimension::kTime), Dimension::kTime));
  for (int i = 1; i < 5000; ++i) {
    // 0.001 GB and 1 MB, 0.001 s and 1 ms, and so on: the point moves, the number does not.
    const std::string whole = std::to_string(i),
                      thousandth = format_quantity(i / 1000.0, Dimension::kNone);
    CHECK(value_of(whole + " GB/s", Dimension::kBandwidth) ==
          value_of(thousandth + " TB/s", Dimension::kBandwidth));
    CHECK(value_of(whole + " ms", Dimension::kTime) ==
          value_of(thousandth + " s", Dimension::kTime));
  }
  CHECK(format_quantity(2039e9, Dimension::kBandwidth) == "2.039 TB/s");
  for (const double value :
       {1.0 / 3, 2.0 / 3 * 1e9, 7e-9, 1e-12, 123456789.123456789, 1e20, 79.22 * 1073741824.0}) {
    CHECK(value_of(format_quantity(value, Dimension::kBytes), Dimension::kBytes) == value);
    CHECK(value_of(format_quantity(value, Dimension::kTime), Dimension::kTime) == value);
    CHECK(value_of(format_quantity(value, Dimension::kBandwidth), Dimension::kBandwidth) == value);
  }
}
