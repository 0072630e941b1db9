#include "sim/record/metric_columns.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/sim/record/results_file.hpp"

namespace headroom {
namespace {

TEST_CASE("the metric names are the columns of run_metric in the same order", "[record]") {
  test::TemporaryFolder folder;
  Database database(folder.file("r.sqlite"), OpenMode::kWrite);
  std::vector<std::string> columns;
  Statement info(
      database,
      "SELECT name FROM pragma_table_info('run_metric') WHERE name <> 'run_id' ORDER BY cid");
  while (info.step()) columns.push_back(info.text(0));
  std::vector<std::string> names;
  for (const NamedMetric& metric : metric_columns({})) names.push_back(metric.name);
  CHECK(names == columns);
}

TEST_CASE("a distribution that is absent has absent columns and no zeros", "[record]") {
  RunMetrics metrics;
  metrics.tpot_s = Distribution{0.5, 1, 2, 3, 4};
  for (const NamedMetric& metric : metric_columns(metrics)) {
    if (metric.name == "tpot_mean_s") CHECK(std::get<double>(metric.value) == 0.5);
    if (metric.name == "tpot_p95_s") CHECK(std::get<double>(metric.value) == 3.0);
    if (metric.name.starts_with("ttft") || metric.name == "slo_attainment")
      CHECK(std::holds_alternative<std::monostate>(metric.value));
  }
}

}  // namespace
}  // namespace headroom
