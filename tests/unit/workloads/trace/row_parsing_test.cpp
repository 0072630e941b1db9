#include <catch2/catch.hpp>

#include "workloads/trace/csv_row.hpp"
#include "workloads/trace/json_cursor.hpp"

using namespace headroom;

namespace {
std::vector<std::string> fields_of(std::string_view line) {
  CsvRow row;
  if (!row.split(line)) return {"broken"};
  std::vector<std::string> fields;
  for (std::size_t i = 0; i < row.size(); ++i) fields.emplace_back(row[i]);
  return fields;
}
using Fields = std::vector<std::string>;

bool is_json_value(std::string_view text) {
  JsonCursor cursor(text);
  return cursor.skip_value() && cursor.at_end();
}
}  // namespace

TEST_CASE("a CSV line is split at its commas and quotes are taken off", "[workloads][trace]") {
  CHECK(fields_of("1,2,3") == Fields{"1", "2", "3"});
  CHECK(fields_of("") == Fields{""});
  CHECK(fields_of(",") == Fields{"", ""});
  CHECK(fields_of(" 1 ,\t2") == Fields{"1", "2"});
  CHECK(fields_of(R"("a,b","say ""hi""",3)") == Fields{"a,b", "say \"hi\"", "3"});
  CHECK(fields_of(R"("",x)") == Fields{"", "x"});
  CHECK(fields_of(R"("open)") == Fields{"broken"});
  CHECK(fields_of(R"("a"b,c)") == Fields{"broken"});
}

TEST_CASE("a CSV field knows its column", "[workloads][trace]") {
  CsvRow row;
  REQUIRE(row.split("12,345,6"));
  CHECK(row.column(0) == 1);
  CHECK(row.column(1) == 4);
  CHECK(row.column(2) == 8);
  REQUIRE(row.split(R"("12",345)"));
  CHECK(row.column(1) == 6);
}

TEST_CASE("JSON values are skipped whole or not at all", "[workloads][trace]") {
  for (const char* good : {"1", "-1.5e3", "\"a\\\"b\"", "[]", "{}", "[1, [2, {\"a\": null}], true]",
                           "{\"a\": [false]} "})
    CHECK(is_json_value(good));
  for (const char* bad :
       {"", "[", "[1", "[1,]", "{\"a\"}", "{\"a\": }", "{a: 1}", "nul", "\"open", "1 2", "]"}) {
    INFO(bad);
    CHECK_FALSE(is_json_value(bad));
  }
  CHECK(is_json_value(std::string(60, '[') + std::string(60, ']')));
  CHECK_FALSE(is_json_value(std::string(100'000, '[')));
}
