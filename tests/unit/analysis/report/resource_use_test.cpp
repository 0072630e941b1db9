#include "analysis/report/resource_use.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

ResourceUseRow row(const char* resource, int replica, double start_s, double width_s, double amount,
                   double capacity) {
  return {resource, replica, start_s, width_s, 0, amount, capacity};
}

TEST_CASE("replicas share a series and one that ends early counts as idle", "[report]") {
  const auto series = use_series(std::vector{row("hbm", 0, 0, 1, 6, 10), row("hbm", 0, 1, 1, 4, 10),
                                             row("hbm", 1, 0, 1, 8, 10)},
                                 2);
  REQUIRE(series.size() == 1);
  REQUIRE(series[0].resource == "hbm");
  REQUIRE(series[0].bin_width_s == 1);
  // (6 + 8) of 20, then 4 of 20.
  REQUIRE(series[0].used_fraction == std::vector<double>{0.7, 0.2});
}

TEST_CASE("bins of a long run are merged in pairs until they fit", "[report]") {
  std::vector<ResourceUseRow> rows;
  for (int bin = 0; bin < 300; ++bin)
    rows.push_back(row("compute", 0, bin * 0.1, 0.1, bin % 2 == 0 ? 2 : 4, 10));
  const auto series = use_series(rows, 30);
  REQUIRE(series[0].used_fraction.size() == 150);
  REQUIRE(series[0].bin_width_s == Approx(0.2));
  // (2 + 4) of 20.
  for (const double used : series[0].used_fraction) REQUIRE(used == Approx(0.3));
}

TEST_CASE("replicas with bins of different width share the widest", "[report]") {
  const auto series = use_series(std::vector{row("hbm", 0, 0, 2, 8, 20), row("hbm", 1, 0, 1, 1, 10),
                                             row("hbm", 1, 1, 1, 3, 10)},
                                 2);
  // (8 + 1 + 3) of (10 + 10) x 2 s.
  REQUIRE(series[0].used_fraction == std::vector<double>{0.3});
}

TEST_CASE("the last bin counts up to the end of the run", "[report]") {
  const auto series =
      use_series(std::vector{row("hbm", 0, 0, 1, 5, 10), row("hbm", 0, 1, 1, 2, 10)}, 1.25);
  // 2 of the 2.5 that fit into a quarter of a second.
  REQUIRE(series[0].used_fraction == std::vector<double>{0.5, 0.8});
}

TEST_CASE("a resource without capacity has no series", "[report]") {
  REQUIRE(use_series(std::vector{row("kv_blocks", 0, 0, 1, 0, 0)}, 1).empty());
  REQUIRE(use_series({}, 0).empty());
}

TEST_CASE("the operating point is per GPU and counts idle time", "[report]") {
  // Two GPUs of 100 FLOP/s and 10 B/s each for 4 s.
  const std::vector<ResourceTotalRow> rows{{"compute", 120, 800}, {"hbm", 12, 80}, {"pcie", 1, 2}};
  const auto point = operating_point(rows, 4, 2);
  REQUIRE(point);
  // 120 FLOP / 4 s / 2 GPUs.
  REQUIRE(point->flops_per_s == Approx(15));
  REQUIRE(point->bytes_per_s == Approx(1.5));
  REQUIRE(point->peak_flops_per_s == Approx(100));
  REQUIRE(point->peak_bytes_per_s == Approx(10));
}

TEST_CASE("a run without totals or without time has no operating point", "[report]") {
  REQUIRE_FALSE(operating_point({}, 4, 1));
  REQUIRE_FALSE(operating_point(std::vector<ResourceTotalRow>{{"compute", 1, 1}}, 4, 1));
  REQUIRE_FALSE(
      operating_point(std::vector<ResourceTotalRow>{{"compute", 0, 0}, {"hbm", 0, 0}}, 0, 1));
}

}  // namespace
}  // namespace headroom
