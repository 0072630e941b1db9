// `headroom explain` through the binary: elasticities against those of the roofline, the bottleneck
// of an offload system, and agreement with the limits.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace headroom {
namespace {

using Json = nlohmann::json;

const std::string kExamples = std::string(HEADROOM_SOURCE_DIR) + "/scenarios/examples/";

// Clients that never think: `concurrency` sequences decode at any time, in step with each other.
std::string closed_loop(const std::string& gpu, int concurrency) {
  const std::string count = std::to_string(concurrency);
  return "model: llama-3.1-8b\n"
         "hardware: {gpu: " +
         gpu +
         "}\n"
         "serving: {engine: sync, max_num_seqs: " +
         count +
         ", max_num_batched_tokens: 8192, max_model_len: 1024}\n"
         "workload:\n"
         "  arrivals: {process: closed_loop, max_concurrency: " +
         count +
         "}\n"
         "  prompt_tokens: 16\n"
         "  output_tokens: 512\n"
         "  requests: " +
         std::to_string(2 * concurrency) + '\n';
}

Json explain(const cli::Folder& folder, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "explain");
  arguments.insert(arguments.end(), {"--format", "json"});
  const auto outcome = folder.headroom(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out);
}

double elasticity(const Json& explanation, const std::string& resource) {
  for (const auto& entry : explanation.at("resources"))
    if (entry.at("resource") == resource) return entry.at("elasticity").get<double>();
  FAIL("no resource " << resource);
  return 0;
}

// The time of one decode iteration as the roofline has it, operator by operator.
double roofline_s(const cli::Folder& folder, const std::string& gpu, int sequences,
                  const std::string& setting) {
  // Halfway through 512 tokens of output behind a prompt of 16.
  const auto outcome = folder.headroom({"ops", "--model", "llama-3.1-8b", "--gpu", gpu, "--decode",
                                        std::to_string(sequences), "--decode-context", "272",
                                        "--set", setting, "--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out).at("iteration_s").get<double>();
}

double roofline_elasticity(const std::string& more, const std::string& less, const std::string& gpu,
                           int sequences) {
  const cli::Folder folder;
  return std::log(roofline_s(folder, gpu, sequences, more) /
                  roofline_s(folder, gpu, sequences, less)) /
         std::log(1.1 / 0.9);
}

}  // namespace

TEST_CASE("a decode-bound closed loop hangs on HBM bandwidth alone", "[explain]") {
  const cli::Folder folder;
  folder.write("loop.yaml", closed_loop("h100-sxm", 32));
  const Json found = explain(folder, {"loop.yaml", "--metric", "tpot_mean_s"});
  // With 32 tokens in an iteration no operator has 295 FLOP per byte, where an H100's arithmetic
  // would bind (989.4 TFLOP/s / 3.35 TB/s): every one takes bytes / bandwidth, so the time is
  // inverse to the bandwidth.
  const double roofline =
      roofline_elasticity("hardware.gpu.hbm_bandwidth=3.685 TB/s",
                          "hardware.gpu.hbm_bandwidth=3.015 TB/s", "h100-sxm", 32);
  CHECK(roofline == Approx(-1).margin(1e-6));
  CHECK(elasticity(found, "hbm_bandwidth") == Approx(roofline).margin(0.05));
  CHECK(elasticity(found, "gpu_flops") == Approx(0).margin(0.01));
  CHECK(elasticity(found, "hbm_capacity") == Approx(0).margin(1e-6));
  CHECK(found.at("limits").at("measured_resource") == "hbm_bandwidth");
}

TEST_CASE("a wide closed loop hangs on HBM by the share that the roofline gives it", "[explain]") {
  // 512 tokens are above the 153 FLOP per byte of an A100: its matrix products are bound by
  // arithmetic, attention by HBM.
  const cli::Folder folder;
  folder.write("loop.yaml", closed_loop("a100-80gb-sxm", 512));
  const Json found = explain(folder, {"loop.yaml", "--metric", "tpot_mean_s"});
  const double roofline =
      roofline_elasticity("hardware.gpu.hbm_bandwidth=2.2429 TB/s",
                          "hardware.gpu.hbm_bandwidth=1.8351 TB/s", "a100-80gb-sxm", 512);
  CHECK(roofline < -0.2);
  CHECK(roofline > -0.8);
  CHECK(elasticity(found, "hbm_bandwidth") == Approx(roofline).margin(0.05));
  // Nothing else takes time: what is not HBM's share is the arithmetic's.
  CHECK(elasticity(found, "gpu_flops") == Approx(-1 - roofline).margin(0.05));
}

TEST_CASE("a run that attains its HBM limit agrees with it", "[explain]") {
  const cli::Folder folder;
  folder.write("loop.yaml", closed_loop("h100-sxm", 32));
  // As many sequences as the scheduler takes, nothing but decodes.
  const Json found = explain(folder, {"loop.yaml", "--metric", "output_tokens_per_s"});
  CHECK(found.at("limits").at("agreement") == "agree");
  CHECK(found.at("limits").at("binding_resource") == "hbm");
  CHECK(found.at("limits").at("attained_fraction").get<double>() > 0.9);
}

TEST_CASE("a run that attains its arithmetic limit agrees with it", "[explain]") {
  const cli::Folder folder;
  const Json found =
      explain(folder, {kExamples + "closed_loop.yaml", "--set", "workload.prompt_tokens=4000",
                       "--set", "workload.output_tokens=1", "--set", "workload.requests=100",
                       "--metric", "makespan_s"});
  CHECK(found.at("limits").at("agreement") == "agree");
  CHECK(found.at("limits").at("binding_resource") == "compute");
  CHECK(elasticity(found, "gpu_flops") == Approx(-1).margin(0.1));
}

TEST_CASE("experts in DRAM hang on PCIe", "[explain]") {
  const cli::Folder folder;
  const Json found = explain(folder, {kExamples + "mixtral_on_a_4090.yaml", "--set",
                                      "workload.requests=4", "--metric", "tpot_mean_s"});
  CHECK(found.at("resources").at(0).at("resource") == "pcie_bandwidth");
  CHECK(elasticity(found, "pcie_bandwidth") < -0.8);
  CHECK(found.at("next").at("doubled") == "pcie_bandwidth");
  // What moves is the wait for experts.
  const auto& moved = found.at("resources").at(0).at("ledger_change").at(0);
  CHECK(moved.at("category") == "wait_experts_pcie");
  CHECK(moved.at("after_s") < moved.at("before_s"));
}

TEST_CASE("the public trace is explained where it is, and asked for where it is not", "[explain]") {
  const cli::Folder folder;
  const std::string scenario = kExamples + "azure_conversation.yaml";
  const char* data = std::getenv("HEADROOM_DATA");
  const std::filesystem::path root =
      data != nullptr ? std::filesystem::path(data)
                      : std::filesystem::path(HEADROOM_SOURCE_DIR) / "../shared/data";
  const bool there =
      std::filesystem::exists(root / "traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz");
  const auto outcome = folder.headroom({"explain", scenario, "--set", "workload.trace.limit=1000"});
  if (!there) {
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("AzureLLMInferenceTrace_conv.csv") != std::string::npos);
    return;
  }
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  CHECK(outcome.out.find("what tpot_mean_s") != std::string::npos);
  CHECK(outcome.out.find("bound by its arrivals") != std::string::npos);
}

TEST_CASE("an explanation can be of a metric that exists only", "[explain]") {
  const cli::Folder folder;
  folder.write("small.yaml", cli::small_scenario());
  const auto misspelt = folder.headroom({"explain", "small.yaml", "--metric", "tpot_mena_s"});
  CHECK(misspelt.exit_code == 2);
  CHECK(misspelt.err.find("'tpot_mena_s' is no metric of a run; did you mean 'tpot_mean_s'?") !=
        std::string::npos);
  const auto unmeasured = folder.headroom({"explain", "small.yaml", "--metric", "rejected"});
  CHECK(unmeasured.exit_code == 2);
  CHECK(unmeasured.err.find("'rejected' above zero") != std::string::npos);
}

TEST_CASE("explanations are the same each time and in every format", "[explain]") {
  const cli::Folder folder;
  folder.write("small.yaml", cli::small_scenario());
  for (const std::string format : {"table", "json", "csv"}) {
    const auto once = folder.headroom({"explain", "small.yaml", "--format", format});
    const auto again = folder.headroom({"explain", "small.yaml", "--format", format});
    REQUIRE(once.exit_code == 0);
    CHECK(once.out == again.out);
    CHECK(once.out.find("hbm_bandwidth") != std::string::npos);
  }
}

}  // namespace headroom
