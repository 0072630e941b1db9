#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Json = nlohmann::json;

// 512 tokens of prompt for each of two models, one request at a time: two runs of milliseconds.
const std::string kCase =
    "case: demo/prefill\n"
    "group: demo\n"
    "kind: run\n"
    "data: {file: \"${HEADROOM_DATA}/ttft.csv\", where: {gpu: h100*}}\n"
    "label: [model]\n"
    "predict: ttft_mean_s\n"
    "measured: ttft\n"
    "scenario:\n"
    "  model: $model\n"
    "  hardware: {gpu: $gpu}\n"
    "  serving: {engine: sync, max_num_seqs: 1}\n"
    "  workload:\n"
    "    arrivals: {process: all_at_once}\n"
    "    prompt_tokens: 512\n"
    "    output_tokens: 2\n"
    "    requests: 1\n";

void write_case(const Folder& folder, const std::string& text) {
  std::filesystem::create_directories(folder.path("cases"));
  std::filesystem::create_directories(folder.path("data"));
  folder.write("cases/demo.yaml", text);
  folder.write(
      "data/ttft.csv",
      "gpu,model,ttft\nh100-sxm,llama-2-7b,0.1\nl4,llama-2-7b,1\nh100-sxm,llama-3.1-8b,0.05\n");
}

Outcome validate(const Folder& folder, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{"validate", "--cases", "cases", "--data", "data"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return folder.headroom(arguments);
}

TEST_CASE("validate gives per group the errors of what it predicted", "[cli]") {
  Folder folder;
  write_case(folder, kCase);
  const Outcome outcome = validate(folder, {"--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json groups = Json::parse(outcome.out);
  REQUIRE(groups.size() == 1);
  const Json& group = groups[0];
  for (const std::string key : {"group", "n", "median_ape", "mean_ape", "p90_ape", "bias", "worst",
                                "spearman", "left_out", "in_sample", "excluded", "rows"}) {
    INFO(key);
    CHECK(group.contains(key));
  }
  CHECK(group.at("n") == 2);
  CHECK(group.at("left_out").at("n") == 2);  // nothing is fitted: all are held
  CHECK(group.at("in_sample").at("median_ape").is_null());
  double sum = 0;
  for (const auto& row : group.at("rows")) {
    const double predicted = row.at("predicted"), measured = row.at("measured");
    CHECK(row.at("ape").get<double>() == Approx(std::abs(predicted - measured) / measured));
    sum += row.at("ape").get<double>();
  }
  CHECK(group.at("mean_ape").get<double>() == Approx(sum / 2));
  CHECK(group.at("rows").at(1).at("line") == 4);
}

TEST_CASE("validate predicts what run gives for the same scenario", "[cli]") {
  Folder folder;
  write_case(folder, kCase);
  const Json groups = Json::parse(validate(folder, {"--format", "json"}).out);
  std::string scenario = kCase.substr(kCase.find("  model:"));
  scenario.replace(scenario.find("$model"), 6, "llama-2-7b");
  scenario.replace(scenario.find("$gpu"), 4, "h100-sxm");
  folder.write("s.yaml", scenario);
  const Json run =
      Json::parse(folder.headroom({"run", "s.yaml", "--no-db", "--format", "json"}).out);
  CHECK(groups[0].at("rows").at(0).at("predicted").get<double>() ==
        run.at("ttft_s").at("mean").get<double>());
}

// The bars of published offload rows: analysis/validate/cases/offload/README.md.
TEST_CASE("published offload rows are predicted as well as is claimed", "[cli]") {
  Folder folder;
  const Outcome outcome = folder.headroom({"validate", "--case", "offload", "--format", "json"});
  REQUIRE(outcome.exit_code == 0);
  const Json groups = Json::parse(outcome.out);
  if (groups.empty()) {
    WARN("the measured data are not here: " << outcome.err);
    return;
  }
  const Json &group = groups[0], &fitted = group.at("in_sample"), &held = group.at("left_out");
  CHECK(group.at("n").get<int>() >= 45);  // of 69
  CHECK(fitted.at("n") == 15);            // one per system and machine
  CHECK(held.at("n") == 36);
  CHECK(held.at("within_1_35x").get<double>() >= 0.6);
  CHECK(held.at("median_ape").get<double>() <= 0.30);
  CHECK(fitted.at("median_ape").get<double>() <= 0.15);
  std::int64_t excluded = 0;
  for (const auto& reason : group.at("excluded")) excluded += reason.at("rows").get<int>();
  CHECK(group.at("n").get<int>() + excluded == 69);
}

TEST_CASE("validate without its data says so loudly and goes on", "[cli]") {
  Folder folder;
  write_case(folder, kCase);
  const Outcome outcome = folder.headroom({"validate", "--cases", "cases", "--data", "not_there"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.find("warning: SKIPPED demo/prefill: there is no file") != std::string::npos);
  CHECK(outcome.out.find("SKIPPED demo/prefill") != std::string::npos);
}

TEST_CASE("validate reports a bad case file at its position", "[cli]") {
  Folder folder;
  write_case(folder, kCase + "rows:\n  - {line: 2, use: hold}\n");
  Outcome outcome = validate(folder);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("cases/demo.yaml:18:20: error: ") != std::string::npos);
  // Also inside the scenario, where one run finds it, and in what a row sets.
  std::string wrong = kCase;
  wrong.replace(wrong.find("requests: 1"), 11, "requests: x");
  write_case(folder, wrong);
  outcome = validate(folder);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("cases/demo.yaml:16:15: error: ") != std::string::npos);
  write_case(folder, kCase +
                         "rows:\n  - {line: 2, use: held, set: {serving.max_num_seq: 2}}\n"
                         "  - {line: 4, use: held}\n");
  outcome = validate(folder);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("cases/demo.yaml:18:5: error: ") != std::string::npos);
  CHECK(outcome.err.find("did you mean 'max_num_seqs'") != std::string::npos);
}

TEST_CASE("validate runs the cases that are asked for", "[cli]") {
  Folder folder;
  write_case(folder, kCase);
  CHECK(validate(folder, {"--case", "demo"}).exit_code == 0);
  CHECK(validate(folder, {"--case", "other", "--case", "*/prefill"}).exit_code == 0);
  const Outcome none = validate(folder, {"--case", "other"});
  CHECK(none.exit_code == 2);
  CHECK(none.err.find("no case matches") != std::string::npos);
}

TEST_CASE("a row that cannot be run is kept with its reason", "[cli]") {
  Folder folder;
  std::string text = kCase;
  text.replace(text.find("predict: ttft_mean_s"), 20, "predict: slo_attainment");
  write_case(folder, text);
  const Outcome outcome = validate(folder, {"--format", "csv"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("the run has no slo_attainment") != std::string::npos);
}

TEST_CASE("csv of validate has a line per row of the data", "[cli]") {
  Folder folder;
  write_case(folder, kCase +
                         "rows:\n  - {line: 2, use: held}\n"
                         "  - {line: 4, use: excluded, why: not today}\n");
  const Outcome outcome = validate(folder, {"--format", "csv"});
  CHECK(std::count(outcome.out.begin(), outcome.out.end(), '\n') == 3);
  CHECK(outcome.out.starts_with(
      "case,line,row,metric,use,measured,predicted,ratio,ape,efficiency,why\n"));
  CHECK(outcome.out.find("not today") != std::string::npos);
}

}  // namespace
}  // namespace headroom::cli
