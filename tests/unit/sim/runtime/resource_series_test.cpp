#include "sim/runtime/resource_series.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

double total_busy(const ResourceSeries& series) {
  double sum = 0;
  for (const auto& bin : series.bins()) sum += bin.busy_s;
  return sum;
}

TEST_CASE("use is spread over the bins it covers", "[runtime][series]") {
  ResourceSeries series(Duration{100});
  // 150..350 covers half of bin 1, bin 2 and half of bin 3.
  series.add(TimePoint{150}, TimePoint{350},
             {.busy_s = 8, .compute_s = 4, .hbm_s = 2, .kv_block_s = 16});
  REQUIRE(series.bins().size() == 4);
  CHECK(series.bins()[0].busy_s == 0);
  CHECK(series.bins()[1].busy_s == 2);
  CHECK(series.bins()[2].busy_s == 4);
  CHECK(series.bins()[3].busy_s == 2);
  CHECK(series.bins()[2].compute_s == 2);
  CHECK(series.bins()[2].hbm_s == 1);
  CHECK(series.bins()[2].kv_block_s == 8);
}

TEST_CASE("an end at a bin's edge does not open the next", "[runtime][series]") {
  ResourceSeries series(Duration{100});
  series.add(TimePoint{0}, TimePoint{100}, {.busy_s = 1});
  CHECK(series.bins().size() == 1);
}

TEST_CASE("bins double when there would be more than two thousand", "[runtime][series]") {
  ResourceSeries series(Duration{10});
  for (std::int64_t i = 0; i < 5000; ++i)
    series.add(TimePoint{i * 10}, TimePoint{i * 10 + 10}, {.busy_s = 1});
  CHECK(series.bins().size() <= ResourceSeries::kMaxBins);
  CHECK(series.bin_width().value == 40);  // 50,000 / 2,000 = 25, doubled from 10 until it is enough
  CHECK(series.bins().size() == 1250);
  CHECK(total_busy(series) == Approx(5000));
  CHECK(series.bins()[0].busy_s == Approx(4));
}

TEST_CASE("without a width nothing is kept", "[runtime][series]") {
  ResourceSeries series;
  series.add(TimePoint{0}, TimePoint{100}, {.busy_s = 1});
  CHECK(series.bins().empty());
}

}  // namespace
}  // namespace headroom
