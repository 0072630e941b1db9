#include "sim/sweep/expression.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <map>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

double value_of(const std::string& text) {
  const std::map<std::string, ExpressionValue> values{
      {"a", 2.0},
      {"serving.max_num_seqs", 64.0},
      {"gpu", std::string("l4")},
      {"nothing", std::numeric_limits<double>::quiet_NaN()}};
  return Expression::parse(text).evaluate([&](const std::string& name) { return values.at(name); });
}

TEST_CASE("operators bind as in arithmetic and from left to right", "[sweep]") {
  CHECK(value_of("1 + 2 * 3") == 7);
  CHECK(value_of("(1 + 2) * 3") == 9);
  CHECK(value_of("8 / 4 / 2") == 1);
  CHECK(value_of("5 - 3 - 1") == 1);
  CHECK(value_of("-a * -3") == 6);
  CHECK(value_of("1e3 + .5") == 1000.5);
}

TEST_CASE("comparisons are one or zero and may be joined", "[sweep]") {
  CHECK(value_of("serving.max_num_seqs * a <= 128") == 1);
  CHECK(value_of("serving.max_num_seqs*a<128") == 0);
  CHECK(value_of("a >= 2 and a != 3") == 1);
  CHECK(value_of("a > 2 or a == 2") == 1);
  // and binds closer than or.
  CHECK(value_of("1 == 1 or 1 == 2 and 1 == 3") == 1);
  CHECK(value_of("not a > 3") == 1);
  CHECK(value_of("not (a > 1)") == 0);
}

TEST_CASE("texts are compared for equality and are no numbers", "[sweep]") {
  CHECK(value_of("gpu == 'l4'") == 1);
  CHECK(value_of("gpu != 'h100-sxm' and a == 2") == 1);
  CHECK(value_of("gpu == 4") == 0);
  CHECK_THROWS_WITH(value_of("gpu < 3"), "'l4' is no number, the value of gpu");
  CHECK_THROWS_WITH(value_of("1 + 'x'"), "'x' is no number");
}

TEST_CASE("what is not a number satisfies no comparison", "[sweep]") {
  CHECK(value_of("nothing <= 5") == 0);
  CHECK(value_of("nothing > 5") == 0);
}

TEST_CASE("names are listed once and in order", "[sweep]") {
  CHECK(Expression::parse("b.c < a + b.c and order > 1").names() ==
        std::vector<std::string>{"b.c", "a", "order"});
}

TEST_CASE("a mistake is described with its column", "[sweep]") {
  const auto [text, message] = GENERATE(table<std::string, std::string>(
      {{"", "expected a number, a name or '(' at column 1, got the end"},
       {"a <= ", "expected a number, a name or '(' at column 6, got the end"},
       {"(a", "expected ')' at column 3, got the end"},
       {"a b", "expected an operator at column 3, got 'b'"},
       {"1 < a < 3", "expected an operator at column 7, got '< 3'"},
       {"a <= 5s", "expected a bare number at column 7, got 's'"},
       {"gpu == 'l4", "expected a closing ' at column 8, got ''l4'"},
       {"a $ 3", "expected an operator at column 3, got '$ 3'"}}));
  CHECK_THROWS_AS(Expression::parse(text), UserError);
  CHECK_THROWS_WITH(Expression::parse(text), message);
}

TEST_CASE("brackets without end do not exhaust the stack", "[sweep]") {
  CHECK_THROWS_AS(Expression::parse(std::string(100'000, '(')), UserError);
  CHECK_THROWS_AS(Expression::parse(std::string(100'000, '-')), UserError);
}

}  // namespace
}  // namespace headroom
