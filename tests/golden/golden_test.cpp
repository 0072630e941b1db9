// The scenarios that come with the program, and a few numbers of each. Recorded from the program
// when its parts had been checked on their own (unit, simulation and invariant tests); they guard
// against a change nobody meant. Who means one changes the number here and says why in the commit.
// The tolerance of times and rates, 0.5 %, is far below any effect worth a decision and far above
// rounding; counts are exact.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.hpp"

namespace headroom {
namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 0.005;

struct Golden {
  std::string scenario;
  int completed;
  std::string binding_resource;
  double makespan_s, attained_fraction, ttft_p99_s, tpot_p50_s, output_tokens_per_s;
  int kv_blocks;
};

void compare(const Golden& golden) {
  const cli::Folder folder;
  const std::string file =
      std::string(HEADROOM_SOURCE_DIR) + "/scenarios/" + golden.scenario + ".yaml";
  const auto outcome = folder.headroom({"run", file, "--no-db", "--format", "json"});
  if (outcome.exit_code == 2 && outcome.err.find("HEADROOM_DATA") != std::string::npos) {
    WARN("SKIPPED: " << golden.scenario << " needs a trace below ${HEADROOM_DATA}\n"
                     << outcome.err);
    return;
  }
  INFO(golden.scenario << "\n" << outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json run = Json::parse(outcome.out);
  const auto near = [](double value) { return Approx(value).epsilon(kTolerance); };
  CHECK(run.at("completed") == golden.completed);
  CHECK(run.at("rejected") == 0);
  CHECK(run.at("binding_resource") == golden.binding_resource);
  CHECK(run.at("makespan_s").get<double>() == near(golden.makespan_s));
  CHECK(run.at("attained_fraction").get<double>() == near(golden.attained_fraction));
  CHECK(run.at("ttft_s").at("p99").get<double>() == near(golden.ttft_p99_s));
  CHECK(run.at("tpot_s").at("p50").get<double>() == near(golden.tpot_p50_s));
  CHECK(run.at("throughput").at("output_tokens_per_s").get<double>() ==
        near(golden.output_tokens_per_s));
  CHECK(run.at("kv").at("blocks") == golden.kv_blocks);
}

TEST_CASE("the synthetic scenarios give the numbers they gave", "[golden]") {
  compare({"quickstart", 2000, "offered_load", 77.857, 0.9620, 0.5178, 0.02397, 7272.4, 28323});
  compare({"examples/burst", 1000, "offered_load", 178.94, 0.9808, 2.6469, 0.03326, 1285.9, 5336});
  compare({"examples/closed_loop", 640, "compute", 39.459, 0.5426, 1.3911, 0.01469, 4152.2, 28486});
  compare({"examples/mixture_of_experts", 1000, "offered_load", 67.816, 0.7698, 0.1436, 0.02206,
           6106.5, 45797});
}

TEST_CASE("the public traces give the numbers they gave", "[golden]") {
  compare({"examples/azure_conversation", 5000, "offered_load", 683.98, 0.9999, 0.08470, 0.004972,
           1882.4, 28323});
  compare({"examples/mooncake_prefix_caching", 12031, "offered_load", 3542.5, 0.9997, 4.0348,
           0.005125, 1163.6, 28276});
}

}  // namespace
}  // namespace headroom
