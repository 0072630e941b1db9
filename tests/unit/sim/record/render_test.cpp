#include "sim/record/render.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <sstream>

namespace headroom {
namespace {

std::string rendered(void (*render)(const Table&, std::ostream&), const Table& table) {
  std::ostringstream out;
  render(table, out);
  return out.str();
}

Table sample() {
  return {{{"name"}, {"count"}, {"ttft_s"}},
          {{std::string("a"), std::int64_t{7}, 0.1},
           {std::string("longer"), std::int64_t{1234}, std::monostate{}}}};
}

TEST_CASE("text aligns texts to the left and numbers to the right", "[render]") {
  CHECK(rendered(render_text, sample()) ==
        "name    count  ttft_s\n"
        "------  -----  ------\n"
        "a           7     0.1\n"
        "longer   1234       -\n");
}

TEST_CASE("text counts characters and not bytes and keeps a cell on one line", "[render]") {
  const Table table{
      {{"n"}, {"x"}},
      {{std::string("é\n\x1b"), std::int64_t{1}}, {std::string("abcd"), std::int64_t{2}}}};
  CHECK(rendered(render_text, table) ==
        "n     x\n"
        "----  -\n"
        "\u00e9     1\n"
        "abcd  2\n");
}

TEST_CASE("csv quotes commas and quotes and line breaks only", "[render]") {
  const Table table{{{"a,b"}, {"c"}},
                    {{std::string("say \"hi\"\nthere"), std::string("plain text")}}};
  CHECK(rendered(render_csv, table) == "\"a,b\",c\n\"say \"\"hi\"\"\nthere\",plain text\n");
}

TEST_CASE("csv and json write reals that read back as the same double", "[render]") {
  const Table table{{{"x"}}, {{0.1 + 0.2}, {1e300}, {5.0}}};
  CHECK(rendered(render_csv, table) == "x\n0.30000000000000004\n1e+300\n5\n");
}

TEST_CASE("no format writes a number that is not finite", "[render]") {
  const double infinity = std::numeric_limits<double>::infinity();
  const Table table{{{"x"}, {"y"}}, {{infinity, std::numeric_limits<double>::quiet_NaN()}}};
  CHECK(rendered(render_text, table) == "x  y\n-  -\n-  -\n");
  CHECK(rendered(render_csv, table) == "x,y\n,\n");
  CHECK(rendered(render_json, table) == "[\n  {\"x\": null, \"y\": null}\n]\n");
}

TEST_CASE("json writes ids and integers beyond 2 to the 53 as strings", "[render]") {
  const Table table{{{"run_id"}, {"n"}, {"big"}},
                    {{std::int64_t{5}, std::int64_t{-6}, std::int64_t{9007199254740993}}}};
  CHECK(rendered(render_json, table) ==
        "[\n  {\"run_id\": \"5\", \"n\": -6, \"big\": \"9007199254740993\"}\n]\n");
}

TEST_CASE("json of no rows is an empty array", "[render]") {
  CHECK(rendered(render_json, {{{"a"}}, {}}) == "[]\n");
}

TEST_CASE("json escapes what it must and replaces what is not UTF-8", "[render]") {
  CHECK(json_quoted("a\"b\\c\n\x01") == R"("a\"b\\c\u000a\u0001")");
  CHECK(json_quoted("\u00e9\u20ac\U0001f600") == "\"\u00e9\u20ac\U0001f600\"");
  // A lone continuation byte, an overlong slash, a surrogate, a cut sequence.
  CHECK(json_quoted("\x80") == R"("\ufffd")");
  CHECK(json_quoted("\xc0\xaf") == R"("\ufffd\ufffd")");
  CHECK(json_quoted("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");
  CHECK(json_quoted("x\xe2\x82") == R"("x\ufffd\ufffd")");
}

}  // namespace
}  // namespace headroom
