#include "workloads/trace/text_number.hpp"

#include <catch2/catch.hpp>

using namespace headroom;

namespace {

std::int64_t scaled(std::string_view text, int digits) {
  std::int64_t value = -1;
  REQUIRE(parse_scaled(text, digits, value) == NumberProblem::kNone);
  return value;
}

std::int64_t date(std::string_view text) {
  std::int64_t ns = -1;
  REQUIRE(parse_date_time(text, ns) == NumberProblem::kNone);
  return ns;
}

NumberProblem whole_problem(std::string_view text) {
  std::int64_t value = 0;
  return parse_whole(text, 1000, value);
}

}  // namespace

TEST_CASE("seconds become nanoseconds by their decimal digits", "[workloads][trace]") {
  CHECK(scaled("4.743938", 9) == 4'743'938'000);
  CHECK(scaled("0", 9) == 0);
  CHECK(scaled("12.", 9) == 12'000'000'000);
  // 17 digits as Python prints a double: the tenth digit after the point is a 9, so it rounds up.
  CHECK(scaled("5.8926549999999995", 9) == 5'892'655'000);
  CHECK(scaled("0.0000000004", 9) == 0);
  CHECK(scaled("0.0000000005", 9) == 1);
  CHECK(scaled("0.00000000049", 9) == 0);
  CHECK(scaled("1e-3", 9) == 1'000'000);
  CHECK(scaled("1500", 6) == 1'500'000'000);
  CHECK(scaled("46926808", 0) == 46'926'808);
  CHECK(scaled("1.5", 0) == 2);
}

TEST_CASE("a time that is no time is told apart by kind", "[workloads][trace]") {
  std::int64_t value = 0;
  CHECK(parse_scaled("", 9, value) == NumberProblem::kEmpty);
  CHECK(parse_scaled("-1", 9, value) == NumberProblem::kNegative);
  CHECK(parse_scaled("nan", 9, value) == NumberProblem::kNotANumber);
  CHECK(parse_scaled("inf", 9, value) == NumberProblem::kNotANumber);
  CHECK(parse_scaled("1.2.3", 9, value) == NumberProblem::kNotANumber);
  CHECK(parse_scaled(".", 9, value) == NumberProblem::kNotANumber);
  CHECK(parse_scaled("0x10", 9, value) == NumberProblem::kNotANumber);
  // 9.3e9 s is 9.3e18 ns, more than 2^63 = 9.22e18.
  CHECK(parse_scaled("9300000000", 9, value) == NumberProblem::kTooLarge);
  CHECK(parse_scaled("99999999999999999999999", 0, value) == NumberProblem::kTooLarge);
  CHECK(parse_scaled("1e300", 9, value) == NumberProblem::kTooLarge);
  CHECK(parse_scaled("1e999", 9, value) == NumberProblem::kTooLarge);
}

TEST_CASE("a count may be spelled as a whole decimal but not as a fraction", "[workloads][trace]") {
  std::int64_t value = 0;
  CHECK(parse_whole("374", 1000, value) == NumberProblem::kNone);
  CHECK(value == 374);
  CHECK(parse_whole("374.0", 1000, value) == NumberProblem::kNone);
  CHECK(value == 374);
  CHECK(parse_whole("1e3", 1000, value) == NumberProblem::kNone);
  CHECK(value == 1000);
  CHECK(whole_problem("") == NumberProblem::kEmpty);
  CHECK(whole_problem("3.5") == NumberProblem::kFraction);
  CHECK(whole_problem("-3") == NumberProblem::kNegative);
  CHECK(whole_problem("abc") == NumberProblem::kNotANumber);
  CHECK(whole_problem("3 4") == NumberProblem::kNotANumber);
  CHECK(whole_problem("NaN") == NumberProblem::kNotANumber);
  CHECK(whole_problem("1001") == NumberProblem::kTooLarge);
  CHECK(whole_problem("99999999999999999999") == NumberProblem::kTooLarge);
}

TEST_CASE("date-times are nanoseconds since 1970 in UTC", "[workloads][trace]") {
  CHECK(date("1970-01-01 00:00:00") == 0);
  // 2023-01-01 is 53*365 + 13 leap days = 19358 days; 16 November is day 304 + 15 = 319 of it:
  // 19677 days. 19677*86400 + 18*3600 + 15*60 + 46 = 1700158546 s.
  CHECK(date("2023-11-16 18:15:46.6805900") == 1'700'158'546'680'590'000);
  CHECK(date("2023-11-16T18:15:46.68059Z") == 1'700'158'546'680'590'000);
  CHECK(date("2023-11-16 20:15:46.680590+02:00") == 1'700'158'546'680'590'000);
  CHECK(date("2023-11-16 10:45:46.680590-0730") == 1'700'158'546'680'590'000);
  CHECK(date("2024-02-29 00:00:00+00") - date("2024-02-28 00:00:00") == 86'400'000'000'000);
}

TEST_CASE("what is no date-time is refused", "[workloads][trace]") {
  std::int64_t ns = 0;
  for (const char* text :
       {"2023-02-29 00:00:00", "2023-13-01 00:00:00", "2023-00-01 00:00:00", "2023-11-16",
        "2023-11-16 24:00:00", "2023-11-16 18:60:00", "2023-11-16 18:15:60", "1969-12-31 23:59:59",
        "2023-11-16 18:15:46.", "2023-11-16 18:15:46+1", "2023-11-16 18:15:46 UTC", "46.68",
        "2023-1-16 18:15:46", "9999-01-01 00:00:00"}) {
    INFO(text);
    CHECK(parse_date_time(text, ns) == NumberProblem::kNotANumber);
  }
  CHECK(parse_date_time("", ns) == NumberProblem::kEmpty);
}

TEST_CASE("text of the input is shown short and printable", "[workloads][trace]") {
  CHECK(quoted("abc") == "'abc'");
  CHECK(quoted(std::string_view("a\0\x1b\xff", 4)) == "'a...'");
  CHECK(quoted(std::string(50, 'x')) == "'" + std::string(40, 'x') + "...'");
}
