#include "analysis/report/read_runs.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/unit/analysis/report/results_file.hpp"

namespace headroom {
namespace {

Cell fact(const ReportData& data, std::size_t run, const std::string& column) {
  const auto place = std::find(data.fact_columns.begin(), data.fact_columns.end(), column);
  REQUIRE(place != data.fact_columns.end());
  return data.runs[run].facts[static_cast<std::size_t>(place - data.fact_columns.begin())];
}

TEST_CASE("a report holds what the file says about each run, and repeated texts once", "[report]") {
  ResultsFile file;
  const auto b = file.add("b", "serving:\n  seqs: 8\nmodel: m\n", 2);
  const auto a = file.add("a", "serving:\n  seqs: 16\nmodel: m\n", 1);
  Database database(file.path(), OpenMode::kRead);
  const auto run_ids = report_runs(database);
  REQUIRE(run_ids == std::vector{a, b});
  const auto data = read_runs(database, run_ids);

  REQUIRE(fact(data, 0, "name") == Cell("a"));
  REQUIRE(fact(data, 1, "seed") == Cell(std::int64_t{2}));
  REQUIRE(fact(data, 1, "output_tokens_per_s") == Cell(200.0));
  REQUIRE(fact(data, 0, "ttft_p99_s") == Cell());
  REQUIRE(data.parameters == std::vector<std::string>{"serving.seqs"});
  REQUIRE(data.runs[0].parameters == std::vector<std::string>{"16"});
  // "serving:" and "model: m" are lines of both.
  REQUIRE(data.scenario_lines ==
          std::vector<std::string>{"serving:", "  seqs: 16", "model: m", "  seqs: 8"});
  REQUIRE(data.runs[1].scenario == std::vector<std::size_t>{0, 3, 2});
  REQUIRE(data.limit_kinds == std::vector<LimitKind>{{"ideal", "makespan_s", "s", "formula"}});
  REQUIRE(data.runs[1].limits.at(0).binding_resource == "hbm");
  REQUIRE(data.categories == std::vector<std::string>{"useful", "no_work"});
  REQUIRE(data.runs[0].ledger.at(1).duration_ns == 5'000'000'000);
  REQUIRE(data.runs[0].devices == 1);
  REQUIRE(data.runs[0].warnings == std::vector<std::string>{"beware"});
  REQUIRE(data.runs[0].slos.at(0).e2e_s == 9.0);
  REQUIRE_FALSE(data.runs[0].slos.at(0).tpot_s);
  // TTFTs of 1 to 4 s: from the smallest to the largest.
  REQUIRE(data.runs[0].latencies[0].front() == 1);
  REQUIRE(data.runs[0].latencies[0].back() == 4);
  // One output token each: no TPOT.
  REQUIRE(data.runs[0].latencies[1].empty());
}

TEST_CASE("a failed run has a reason and no metrics", "[report]") {
  ResultsFile file;
  file.add("a", "a: 1\n", 1);
  {
    Database database(file.path(), OpenMode::kWrite);
    RunWriter writer(database, {"broken", "a: 2\n", 7, 1, "v"});
    writer.mark_failed("out of memory");
    writer.commit();
  }
  Database database(file.path(), OpenMode::kRead);
  const auto data = read_runs(database, report_runs(database));
  REQUIRE(fact(data, 1, "status") == Cell("failed"));
  REQUIRE(fact(data, 1, "reason") == Cell("out of memory"));
  REQUIRE(fact(data, 1, "makespan_s") == Cell());
}

TEST_CASE("a run that is not there is named", "[report]") {
  ResultsFile file;
  file.add("a", "a: 1\n", 1);
  Database database(file.path(), OpenMode::kRead);
  REQUIRE_THROWS_AS(read_runs(database, {12345}), UserError);
  REQUIRE_THROWS_WITH(read_runs(database, {12345}),
                      Catch::Matchers::Contains("there is no run 12345"));
}

}  // namespace
}  // namespace headroom
