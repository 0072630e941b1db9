// `headroom report` as a user meets it; what the page looks like is for report_in_browser.py.
#include <catch2/catch.hpp>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Catch::Matchers::Contains;
using Arguments = std::vector<std::string>;

// A folder with results.sqlite, of two runs that differ in their seed.
void add_runs(const Folder& folder, const std::string& record) {
  folder.write("small.yaml", small_scenario());
  for (const std::string seed : {"1", "2"})
    REQUIRE(folder.headroom({"run", "small.yaml", "--seed", seed, "--record", record}).exit_code ==
            0);
}

TEST_CASE("a report is one file and says what it holds", "[report]") {
  Folder folder;
  add_runs(folder, "requests");
  const auto outcome = folder.headroom({"report", "results.sqlite"});
  REQUIRE(outcome.exit_code == 0);
  REQUIRE_THAT(outcome.out, Contains("report.html: 2 runs, 2 with time series"));
  REQUIRE_THAT(folder.read("report.html"), Contains("</html>"));
  REQUIRE_FALSE(std::filesystem::exists(folder.path("report.html.part")));
}

TEST_CASE("the same file gives the same bytes whether runs are simulated again or not",
          "[report]") {
  Folder folder;
  add_runs(folder, "summary");
  for (const std::string series : {"0", "1", "2"}) {
    const auto outcome = folder.headroom({"report", "results.sqlite", "--series", series});
    REQUIRE_THAT(outcome.out, Contains("2 runs, " + series + " with time series"));
    const std::string first = folder.read("report.html");
    folder.headroom({"report", "results.sqlite", "--series", series});
    REQUIRE(folder.read("report.html") == first);
  }
}

TEST_CASE("runs are chosen by id or name or SELECT", "[report]") {
  Folder folder;
  add_runs(folder, "requests");
  const auto ids = folder.headroom(
      {"query", "results.sqlite", "SELECT run_id FROM run ORDER BY seed", "--format", "csv"});
  const auto first_line = ids.out.find('\n') + 1;
  const std::string id = ids.out.substr(first_line, ids.out.find('\n', first_line) - first_line);
  for (const auto& chosen : {Arguments{"--runs", id}, Arguments{"--runs", id + ',' + id},
                             Arguments{"--runs", "SELECT run_id FROM run WHERE seed = 2"}}) {
    Arguments arguments{"report", "results.sqlite"};
    arguments.insert(arguments.end(), chosen.begin(), chosen.end());
    REQUIRE_THAT(folder.headroom(arguments).out, Contains("report.html: 1 run, 1 with"));
  }
}

TEST_CASE("a run that cannot be simulated again is told and left without time series", "[report]") {
  Folder folder;
  folder.write("trace.csv",
               "arrived_at,num_prefill_tokens,num_decode_tokens\n0,100,10\n1,100,10\n");
  folder.write("small.yaml",
               "model: llama-3.1-8b\nhardware: {gpu: h100-sxm}\n"
               "workload: {trace: {format: vidur, path: trace.csv}}\n");
  REQUIRE(folder.headroom({"run", "small.yaml", "--record", "summary"}).exit_code == 0);
  std::filesystem::remove(folder.path("trace.csv"));
  const auto outcome = folder.headroom({"report", "results.sqlite"});
  REQUIRE(outcome.exit_code == 0);
  REQUIRE_THAT(outcome.out, Contains("1 run, 0 with time series"));
  REQUIRE_THAT(outcome.err, Contains("no time series of run") && Contains("trace.csv"));
}

TEST_CASE("what a report cannot do is said and nothing is written", "[report]") {
  Folder folder;
  add_runs(folder, "requests");
  const std::vector<std::pair<Arguments, std::string>> cases{
      {{"report", "nowhere.sqlite"}, "nowhere.sqlite"},
      {{"report", "results.sqlite", "--runs", "nobody"}, "there is no run 'nobody'"},
      {{"report", "results.sqlite", "--runs", "SELECT name FROM run"}, "is no run id"},
      {{"report", "results.sqlite", "--runs", "SELECT 12"}, "there is no run 12"},
      {{"report", "results.sqlite", "--runs", "DELETE FROM run"}, "query"},
      {{"report", "results.sqlite", "--out", "no/folder.html"}, "--out"},
      {{"report", "results.sqlite", "--out", "."}, "is a directory"},
      {{"report", "results.sqlite", "--series", "-1"}, "--series"},
  };
  for (const auto& [arguments, message] : cases) {
    INFO(message);
    const auto outcome = folder.headroom(arguments);
    CHECK(outcome.exit_code == 2);
    CHECK_THAT(outcome.err, Contains(message));
    CHECK_FALSE(std::filesystem::exists(folder.path("report.html")));
  }
}

}  // namespace
}  // namespace headroom::cli
