#include "analysis/validate/validation_case.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "analysis/validate/case_files.hpp"
#include "sim/config/node.hpp"

namespace headroom {
namespace {

const std::string kHead =
    "case: demo/one\n"                                    // 1
    "group: demo\n"                                       // 2
    "kind: run\n"                                         // 3
    "data:\n"                                             // 4
    "  file: data.csv\n"                                  // 5
    "  where: {system: [a*, b], batch: 4}\n"              // 6
    "label: [model]\n"                                    // 7
    "measured: value\n"                                   // 8
    "predict: ttft_mean_s\n"                              // 9
    "efficiency: {key: system.efficiency, value: 0.7}\n"  // 10
    "scenario:\n"                                         // 11
    "  model: opt-30b\n"                                  // 12
    "  serving:\n"                                        // 13
    "    max_num_seqs: $batch\n";                         // 14

TEST_CASE("a case file is read as it stands", "[validate]") {
  const auto c = read_validation_case(kHead +
                                          "rows:\n"
                                          "  - {line: 3, use: fit}\n"
                                          "  - {line: 4, use: held, predict: tpot_mean_s, set: "
                                          "{model: 'opt 6', a.b: {x: 1, y: [2, 3]}}}\n"
                                          "  - {line: 5, use: excluded, why: rounded}\n",
                                      "demo.yaml");
  CHECK(c.name == "demo/one");
  CHECK(c.group == "demo");
  CHECK(c.data_file == "data.csv");
  REQUIRE(c.filters.size() == 2);
  CHECK(c.filters[0].column == "system");
  CHECK(c.filters[0].patterns == std::vector<std::string>{"a*", "b"});
  CHECK(c.filters[1].patterns == std::vector<std::string>{"4"});
  CHECK(c.efficiency->value == 0.7);
  REQUIRE(c.rows->size() == 3);
  CHECK(c.rows->at(0).use == RowUse::kFit);
  CHECK(c.rows->at(1).predict == "tpot_mean_s");
  CHECK(c.rows->at(1).overrides ==
        std::vector<std::string>{"model='opt 6'", "a.b={x: 1, y: [2, 3]}"});
  CHECK(c.rows->at(2).why == "rounded");
}

TEST_CASE("the scenario keeps the lines it has in the case file", "[validate]") {
  const auto c = read_validation_case(kHead, "demo.yaml");
  const Node scenario = parse_config(c.scenario, "demo.yaml");
  const Node* seqs = scenario.find("serving")->find("max_num_seqs");
  REQUIRE(seqs != nullptr);
  CHECK(seqs->where.line == 14);
  CHECK(seqs->where.column == 19);
  CHECK(scenario.find("rows") == nullptr);
  CHECK_FALSE(c.rows);  // absent: all that is selected
}

TEST_CASE("everything wrong with a case file is reported at once with its position", "[validate]") {
  CHECK_THROWS_WITH(
      read_validation_case(kHead + "rows:\n"
                                   "  - {line: 3, use: fitted}\n"
                                   "  - {line: 3, use: held, predict: ttft_men_s}\n"
                                   "  - {line: 5, use: excluded}\n"
                                   "colour: red\n",
                           "demo.yaml"),
      Catch::Contains("demo.yaml:16:20: error: ") && Catch::Contains("demo.yaml:17:35: error: ") &&
          Catch::Contains("did you mean 'ttft_mean_s'") && Catch::Contains("demo.yaml:17:12: ") &&
          Catch::Contains("listed twice") && Catch::Contains("demo.yaml:18:") &&
          Catch::Contains("demo.yaml:19:1: error: unknown key 'colour'"));
}

TEST_CASE("a fitted row needs an efficiency", "[validate]") {
  std::string text = kHead + "rows:\n  - {line: 3, use: fit}\n";
  const auto line = text.find("efficiency");
  text.erase(line, text.find('\n', line) - line);
  CHECK_THROWS_WITH(read_validation_case(text, "demo.yaml"),
                    "demo.yaml:16:5: error: is fitted, but the case has no 'efficiency'");
}

TEST_CASE("the scenario of a case stands below its key", "[validate]") {
  std::string text = kHead.substr(0, kHead.find("scenario:")) + "scenario: {model: opt-30b}\n";
  CHECK_THROWS_WITH(read_validation_case(text, "demo.yaml"),
                    Catch::Contains("demo.yaml:11:11: error: ") && Catch::Contains("below it"));
}

TEST_CASE("the cases that come with the program can be read and have distinct names",
          "[validate]") {
  std::vector<std::string> names;
  std::int64_t fitted = 0, held = 0, excluded = 0;
  for (const auto& file : embedded_case_files()) {
    INFO(file.path);
    const auto c = read_validation_case(file.text, file.path);
    CHECK(file.path == "analysis/validate/cases/" + c.name + ".yaml");
    names.push_back(c.name);
    if (c.group != "offload") continue;
    for (const auto& row : *c.rows)
      ++(row.use == RowUse::kFit ? fitted : row.use == RowUse::kHeld ? held : excluded);
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
  // The split that was fixed before the first fit (cases/offload/README.md).
  CHECK(fitted == 15);
  CHECK(held == 36);
  CHECK(excluded == 18);
}

}  // namespace
}  // namespace headroom
