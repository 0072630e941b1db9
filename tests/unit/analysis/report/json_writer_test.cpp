#include "analysis/report/json_writer.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <vector>

namespace headroom {
namespace {

template <class Value>
std::string json_of(const Value& value) {
  JsonWriter json;
  json.value(value);
  return json.take();
}

TEST_CASE("members and items are separated by commas at every depth", "[report]") {
  JsonWriter json;
  json.begin_object();
  json.key("a");
  json.array(std::vector<int>{1, 2});
  json.key("b");
  json.begin_array();
  json.begin_object();
  json.end_object();
  json.null();
  json.end_array();
  json.end_object();
  REQUIRE(json.take() == R"({"a":[1,2],"b":[{},null]})");
}

TEST_CASE("no text in JSON can end the script element it stands in", "[report]") {
  REQUIRE(json_of("</script><!-- \"x\"\n") == R"("\u003c/script>\u003c!-- \"x\"\u000a")");
}

TEST_CASE("numbers have six significant digits and infinities are words", "[report]") {
  REQUIRE(json_of(0.1234567) == "0.123457");
  REQUIRE(json_of(2e-9) == "2e-09");
  REQUIRE(json_of(std::numeric_limits<double>::infinity()) == "\"Infinity\"");
  REQUIRE(json_of(-std::numeric_limits<double>::infinity()) == "\"-Infinity\"");
  REQUIRE(json_of(std::numeric_limits<double>::quiet_NaN()) == "\"NaN\"");
}

TEST_CASE("an integer that a double cannot hold is a text", "[report]") {
  REQUIRE(json_of(Cell(std::int64_t{1} << 53)) == "9007199254740992");
  REQUIRE(json_of(Cell((std::int64_t{1} << 53) + 1)) == "\"9007199254740993\"");
  REQUIRE(json_of(Cell()) == "null");
}

}  // namespace
}  // namespace headroom
