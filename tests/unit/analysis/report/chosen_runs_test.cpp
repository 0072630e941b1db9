#include "analysis/report/chosen_runs.hpp"

#include <catch2/catch.hpp>
#include <limits>

namespace headroom {
namespace {

using Places = std::vector<std::size_t>;

ReportData data_of(const std::vector<std::pair<Cell, Cell>>& points) {
  ReportData data;
  data.fact_columns = {"status", "ttft_p99_s", "output_tokens_per_s"};
  for (const auto& [latency, throughput] : points) {
    ReportRun run;
    run.facts = {Cell("finished"), latency, throughput};
    data.runs.push_back(run);
  }
  return data;
}

TEST_CASE("runs on the front come first and the first few are spread over it", "[report]") {
  // 0 to 4 lie on the front; 5 is slower than 4 and no faster.
  const auto data =
      data_of({{1.0, 10.0}, {2.0, 20.0}, {3.0, 30.0}, {4.0, 40.0}, {5.0, 50.0}, {6.0, 50.0}});
  // Both ends, the middle, then the middles of the halves, then what is no front.
  REQUIRE(chosen_runs(data, 6) == Places{0, 4, 2, 1, 3, 5});
  REQUIRE(chosen_runs(data, 3) == Places{0, 4, 2});
  REQUIRE(chosen_runs(data, 0).empty());
}

TEST_CASE("infinite and absent metrics are no points of the front", "[report]") {
  const double infinite = std::numeric_limits<double>::infinity();
  REQUIRE(chosen_runs(data_of({{1.0, infinite}, {Cell(), 5.0}, {2.0, 1.0}}), 3) == Places{2, 0, 1});
}

TEST_CASE("a failed run is not chosen", "[report]") {
  auto data = data_of({{1.0, 1.0}, {2.0, 2.0}});
  data.runs[0].facts[0] = Cell("failed");
  REQUIRE(chosen_runs(data, 3) == Places{1});
}

}  // namespace
}  // namespace headroom
