#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Catch::Matchers::Contains;
using Json = nlohmann::json;

// "slow" and "fast": the same scenario with half the HBM bandwidth and with all of it.
void record_two(const Folder& folder) {
  folder.write("s.yaml", small_scenario());
  for (const char* name : {"slow", "fast"}) {
    const Outcome run = folder.headroom(
        {"run", "s.yaml", "--db", "r.sqlite", "--set", std::string("name=") + name, "--set",
         std::string("hardware.gpu.hbm_bandwidth=") +
             (name == std::string("slow") ? "1.675 TB/s" : "3.35 TB/s")});
    INFO(run.err);
    REQUIRE(run.exit_code == 0);
  }
}

Json by_name(const Json& rows, const std::string& column, const std::string& name) {
  for (const Json& row : rows)
    if (row[column] == name) return row;
  return {};
}

TEST_CASE("two runs are compared key by key and metric by metric", "[cli]") {
  Folder folder;
  record_two(folder);
  const Outcome outcome =
      folder.headroom({"compare", "r.sqlite", "slow", "fast", "--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json json = Json::parse(outcome.out);
  CHECK(json["a"]["name"] == "slow");
  CHECK(json["b"]["name"] == "fast");
  REQUIRE(json["scenario"].size() == 2);
  CHECK(json["scenario"][1] == Json{{"key", "hardware.gpu.hbm_bandwidth"},
                                    {"a", "1.675 TB/s"},
                                    {"b", "3.35 TB/s"},
                                    {"origin_a", "--set"},
                                    {"origin_b", "--set"}});
  const Json makespan = by_name(json["metrics"], "metric", "makespan_s");
  const double a = makespan["a"], b = makespan["b"];
  CHECK(b < a);
  CHECK(makespan["difference"].get<double>() == Approx(b - a));
  CHECK(makespan["ratio"].get<double>() == Approx(b / a));
  CHECK(by_name(json["metrics"], "metric", "completed").is_null());
  // Where the time went: adds up to the makespans, the largest difference first.
  double sum = 0, largest = 1e9;
  for (const Json& row : json["ledger"]) {
    if (row["category"] == "all") continue;
    sum += row["difference_s"].get<double>();
    CHECK(std::abs(row["difference_s"].get<double>()) <= largest);
    largest = std::abs(row["difference_s"].get<double>());
  }
  const Json all = by_name(json["ledger"], "category", "all");
  CHECK(all["difference_s"].get<double>() == Approx(b - a));
  CHECK(sum == Approx(b - a));
  // Half the bandwidth: half the time of one token alone.
  const Json alone = by_name(json["limits"], "metric", "tpot_s");
  CHECK(alone["ratio"].get<double>() == Approx(0.5));
}

TEST_CASE("the comparison in text and CSV", "[cli]") {
  Folder folder;
  record_two(folder);
  const Outcome text = folder.headroom({"compare", "r.sqlite", "slow", "fast"});
  CHECK_THAT(text.out, Contains("what is different in the scenario"));
  CHECK_THAT(text.out, Contains("where the time of a device went"));
  const Outcome csv = folder.headroom({"compare", "r.sqlite", "slow", "fast", "--format", "csv"});
  CHECK_THAT(csv.out, Contains("section,name,a,b,difference,ratio,note_a,note_b\n"));
  CHECK_THAT(csv.out, Contains("scenario,hardware.gpu.hbm_bandwidth,1.675 TB/s,3.35 TB/s,,,--set,"
                               "--set\n"));
}

TEST_CASE("a run differs from itself in nothing and from its likes in another file", "[cli]") {
  Folder folder;
  record_two(folder);
  const Outcome same = folder.headroom({"compare", "r.sqlite", "slow", "slow"});
  CHECK_THAT(same.out, Contains("in the scenario: nothing"));
  CHECK_THAT(same.out, Contains("in the result: nothing"));
  CHECK_THAT(same.out, Contains("went: nothing"));
  CHECK_THAT(same.out, Contains("allows: nothing"));
  REQUIRE(
      folder.headroom({"run", "s.yaml", "--db", "other.sqlite", "--set", "name=slow"}).exit_code ==
      0);
  const Outcome other = folder.headroom(
      {"compare", "r.sqlite", "slow", "slow", "--other", "other.sqlite", "--format", "json"});
  REQUIRE(other.exit_code == 0);
  const Json json = Json::parse(other.out);
  CHECK(json["b"]["database"] == "other.sqlite");
  CHECK(json["scenario"][0]["b"] == "3.35 TB/s");
  CHECK_THAT(json["scenario"][0]["origin_b"].get<std::string>(), Contains("catalogue"));
}

TEST_CASE("what cannot be compared is an error", "[cli]") {
  Folder folder;
  record_two(folder);
  const Outcome unknown = folder.headroom({"compare", "r.sqlite", "slow", "medium"});
  CHECK(unknown.exit_code == 2);
  CHECK_THAT(unknown.err, Contains("there is no run 'medium' in 'r.sqlite'"));
  CHECK(folder.headroom({"compare", "none.sqlite", "a", "b"}).exit_code == 2);
}

}  // namespace
}  // namespace headroom::cli
