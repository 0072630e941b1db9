#include "analysis/validate/case_plan.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

DataTable table() {
  return {.shown_as = "data.csv",
          .columns = {"system", "model", "batch", "value"},
          .rows = {{2, {"flexgen", "opt", "4", "1.5"}},
                   {3, {"flexgen", "llama", "8", "2.5"}},
                   {4, {"zero", "opt", "16", "0"}}}};
}

ValidationCase a_case() {
  ValidationCase c;
  c.name = "demo/one";
  c.file = "demo.yaml";
  c.data_where = {"demo.yaml", 5, 9};
  c.filters = {{"system", {"flex*"}, {"demo.yaml", 6, 11}}};
  c.label = {{"model", {}, {}}, {"batch", {}, {}}};
  c.predict = "ttft_mean_s";
  c.measured = "value";
  c.measured_where = {"demo.yaml", 8, 11};
  c.scenario = "model: $model\nprice: $unknown\n";
  return c;
}

TEST_CASE("without a list every selected row is held", "[validate]") {
  const auto rows = plan_case(a_case(), table());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].line == 2);
  CHECK(rows[0].use == RowUse::kHeld);
  CHECK(rows[0].label == "opt, 4");
  CHECK(rows[0].measured == 1.5);
  CHECK(rows[0].metric == "ttft_mean_s");
  CHECK(rows[1].scenario == "model: llama\nprice: $unknown\n");
}

TEST_CASE("listed rows come in the order of the file with what they set", "[validate]") {
  auto c = a_case();
  CaseRow first, second;
  first.line = 3;
  first.overrides = {"workload.requests=$batch"};
  first.predict = "tpot_mean_s";
  second.line = 2;
  second.use = RowUse::kExcluded;
  second.why = "rounded";
  c.rows = {first, second};
  const auto rows = plan_case(c, table());
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].why == "rounded");
  CHECK(rows[1].overrides == std::vector<std::string>{"workload.requests=8"});
  CHECK(rows[1].metric == "tpot_mean_s");
}

TEST_CASE("a selected row that is not listed is an error and so is the reverse", "[validate]") {
  auto c = a_case();
  CaseRow row;
  row.line = 4;
  row.where = {"demo.yaml", 20, 5};
  c.rows = {row};
  CHECK_THROWS_WITH(
      plan_case(c, table()),
      Catch::Contains("demo.yaml:20:5: error: line 4 of data.csv is not selected") &&
          Catch::Contains(
              "demo.yaml:5:9: error: line 2 is selected by 'data.where' but not listed") &&
          Catch::Contains("line 3 is selected"));
}

TEST_CASE("columns that are not there are named with the nearest", "[validate]") {
  auto c = a_case();
  c.measured = "vale";
  c.filters[0].column = "sytem";
  CHECK_THROWS_WITH(
      plan_case(c, table()),
      Catch::Contains("demo.yaml:8:11: error: 'vale' is no column of data.csv; did you "
                      "mean 'value'?") &&
          Catch::Contains("demo.yaml:6:11: error: 'sytem'"));
}

TEST_CASE("a measured value must be a positive number", "[validate]") {
  auto c = a_case();
  c.filters[0].patterns = {"zero"};
  CHECK_THROWS_WITH(plan_case(c, table()),
                    "demo.yaml:5:9: error: 'value' of line 4 is '0', not a positive number");
}

TEST_CASE("a column is replaced by its whole name only", "[validate]") {
  const auto data = table();
  CHECK(with_columns("$batch $batches ${model} $", data, data.rows[0]) == "4 $batches ${model} $");
  CHECK(with_columns("a$model$batch", data, data.rows[1]) == "allama8");
}

}  // namespace
}  // namespace headroom
