// Searches through the binary: what is found, what is recorded, what is refused.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace headroom {
namespace {

using Json = nlohmann::json;

const std::string kScenario =
    "scenario:\n"
    "  model: llama-3.1-8b\n"
    "  hardware: {gpu: h100-sxm}\n"
    "  serving: {max_model_len: 2048}\n"
    "  workload:\n"
    "    arrivals: {process: poisson, rate: 60 /s}\n"
    "    prompt_tokens: 500\n"
    "    output_tokens: 50\n"
    "    requests: 320\n"
    "  slo: {ttft: 300 ms, tpot: 40 ms}\n";

const std::string kAxes =
    "axes:\n"
    "  hardware.gpu: [l4, a100-80gb-sxm, h100-sxm]\n"
    "  hardware.replicas: [1, 2, 3, 4]\n"
    "  serving.max_num_seqs: [64, 256]\n";

const std::string kCheapest =
    "search:\n"
    "  minimize: price_per_hour\n"
    "  subject_to: [\"slo_attainment >= 0.95\", \"ttft_p99_s <= 0.4\"]\n";

cli::Outcome sweep(const cli::Folder& folder, std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), {"sweep", "s.yaml", "--db", "s.sqlite"});
  return folder.headroom(arguments);
}

Json sweep_json(const cli::Folder& folder) {
  const auto outcome = sweep(folder, {"--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out);
}

std::int64_t count(const cli::Folder& folder, const std::string& sql) {
  const auto outcome = folder.headroom({"query", "s.sqlite", sql, "--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out).at(0).begin()->get<std::int64_t>();
}

TEST_CASE("halving finds what trying everything finds and records whole runs alone", "[search]") {
  const cli::Folder all, halved;
  all.write("s.yaml", kScenario + kAxes + kCheapest + "  method: exhaustive\n");
  halved.write("s.yaml", kScenario + kAxes + kCheapest + "  method: halving\n");
  const Json everything = sweep_json(all), found = sweep_json(halved);
  CHECK(found.at("best").at("metrics") == everything.at("best").at("metrics"));
  CHECK(found.at("ranking").size() == 24);
  CHECK(3 * found.at("simulated_requests").get<std::int64_t>() <=
        found.at("exhaustive_requests").get<std::int64_t>());
  // The l4 cannot keep 40 ms per token, whatever the policy.
  CHECK(found.at("standings").at("refuted").get<int>() >= 8);
  std::int64_t whole = 0;
  for (const auto& row : found.at("ranking")) {
    const bool is_whole = row.at("simulated_requests") == 320;
    CHECK(row.at("run_ids").size() == (is_whole ? 1U : 0U));
    if (row.at("standing") == "refuted") CHECK(row.at("simulated_requests") == 0);
    if (is_whole) ++whole;
  }
  CHECK(count(halved, "SELECT count(*) FROM run") == whole);
  CHECK(count(halved, "SELECT count(*) FROM sweep_run") == whole);
  CHECK(count(halved, "SELECT count(*) FROM run_metric WHERE requests = 320") == whole);
}

TEST_CASE("a search that is asked again runs nothing whole again", "[search]") {
  const cli::Folder folder;
  folder.write("s.yaml", kScenario + kAxes + kCheapest);
  const auto once = sweep(folder);
  const std::int64_t runs = count(folder, "SELECT count(*) FROM run");
  const auto again = sweep(folder);
  REQUIRE(once.exit_code == 0);
  CHECK(once.out == again.out);
  CHECK(once.out.find("best: hardware.gpu=") != std::string::npos);
  CHECK(count(folder, "SELECT count(*) FROM run") == runs);
}

TEST_CASE("jobs change nothing about a search", "[search]") {
  const cli::Folder one, three;
  for (const auto* folder : {&one, &three})
    folder->write("s.yaml", kScenario + kAxes + kCheapest + "  method: halving\n");
  const auto alone = sweep(one, {"--jobs", "1"}), beside = sweep(three, {"--jobs", "3"});
  REQUIRE(alone.exit_code == 0);
  CHECK(alone.out == beside.out);
}

TEST_CASE("seeds of a point are judged by their mean", "[search]") {
  const cli::Folder folder;
  folder.write("s.yaml", kScenario + "axes: {serving.max_num_seqs: [16, 64, 256]}\nseeds: 2\n" +
                             "search: {minimize: ttft_mean_s}\n");
  const Json found = sweep_json(folder);
  CHECK(found.at("ranking").size() == 3);
  const auto& best = found.at("best");
  REQUIRE(best.at("run_ids").size() == 2);
  const auto outcome =
      folder.headroom({"query", "s.sqlite",
                       "SELECT avg(ttft_mean_s) AS mean FROM run_metric WHERE run_id IN (" +
                           best.at("run_ids").at(0).get<std::string>() + ", " +
                           best.at("run_ids").at(1).get<std::string>() + ")",
                       "--format", "json"});
  CHECK(Json::parse(outcome.out).at(0).at("mean").get<double>() ==
        Approx(best.at("metrics").at("ttft_mean_s").get<double>()));
}

TEST_CASE("where nothing meets the conditions the exit code says so", "[search]") {
  const cli::Folder folder;
  folder.write("s.yaml", kScenario + kAxes +
                             "search: {maximize: output_tokens_per_s, subject_to: ttft_p99_s <= "
                             "0.000001}\n");
  const auto outcome = sweep(folder);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.find("nothing meets the conditions") != std::string::npos);
  CHECK(outcome.out.find("24 refuted by their limits") != std::string::npos);
  CHECK(count(folder, "SELECT count(*) FROM run") == 0);
}

TEST_CASE("capacity is the highest rate that meets the SLO", "[search]") {
  const cli::Folder folder;
  folder.write("s.yaml",
               kScenario +
                   "axes: {hardware.replicas: [1, 2]}\n"
                   "search:\n"
                   "  find: {key: workload.arrivals.rate, from: 1 /s, to: 400 /s, tolerance: 2 %}\n"
                   "  subject_to: slo_attainment >= 0.95\n");
  const Json found = sweep_json(folder);
  CHECK(found.at("key") == "workload.arrivals.rate");
  CHECK(found.at("unit") == "/s");
  REQUIRE(found.at("points").size() == 2);
  // Best first: two replicas take about twice as much.
  const double two = found.at("points").at(0).at("highest").get<double>();
  const double one = found.at("points").at(1).at("highest").get<double>();
  CHECK(found.at("points").at(0).at("point").at("hardware.replicas") == "2");
  CHECK(two / one > 1.5);
  CHECK(two / one < 2.6);
  for (const auto& point : found.at("points")) {
    CHECK(point.at("metrics").at("slo_attainment").get<double>() >= 0.95);
    CHECK(point.at("lowest_failure").get<double>() <=
          1.02 * point.at("highest").get<double>() * (1 + 1e-9));
  }
  // A run at the capacity of each point, and nothing of the way there.
  CHECK(count(folder, "SELECT count(*) FROM run") == 2);
  CHECK(count(folder, "SELECT count(*) FROM param WHERE key = 'workload.arrivals.rate'") == 2);
}

TEST_CASE("what a search needs and has not is said before anything runs", "[search]") {
  const cli::Folder folder;
  folder.write("s.yaml", kScenario + "axes: {hardware.gpu: [h100-sxm, h200-sxm]}\n" + kCheapest);
  const auto priceless = sweep(folder);
  CHECK(priceless.exit_code == 2);
  CHECK(priceless.err.find("'hardware.price_per_hour' of h200-sxm is not given") !=
        std::string::npos);
  folder.write("s.yaml", kScenario + kAxes + "search: {minimize: latency}\n");
  const auto unknown = sweep(folder);
  CHECK(unknown.exit_code == 2);
  CHECK(unknown.err.find("s.yaml:15:20: error: 'latency' is no metric of a run") !=
        std::string::npos);
  folder.write("s.yaml", kScenario + kAxes + kCheapest);
  const auto shard = sweep(folder, {"--shard", "1/2"});
  CHECK(shard.exit_code == 2);
  CHECK(shard.err.find("it takes no --shard") != std::string::npos);
}

TEST_CASE("a search has the same rows in every format", "[search]") {
  const cli::Folder folder;
  folder.write("s.yaml", kScenario + kAxes + kCheapest);
  const auto csv = sweep(folder, {"--format", "csv"});
  REQUIRE(csv.exit_code == 0);
  CHECK(std::count(csv.out.begin(), csv.out.end(), '\n') == 25);
  CHECK(
      csv.out.starts_with("standing,price_per_hour,slo_attainment,ttft_p99_s,"
                          "simulated_requests,hardware.gpu,"));
}

}  // namespace
}  // namespace headroom
