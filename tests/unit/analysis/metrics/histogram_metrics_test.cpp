#include "analysis/metrics/histogram_metrics.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "analysis/metrics/percentile.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

TEST_CASE("bins are contiguous and at most 0.79 % of their start wide", "[metrics]") {
  const std::size_t bins = LatencyHistogram().bins().size();
  for (std::size_t i = 0; i + 1 < bins; ++i) {
    const auto start = LatencyHistogram::bin_start(i);
    const auto width = LatencyHistogram::bin_width(i);
    REQUIRE(start + width == LatencyHistogram::bin_start(i + 1));
    if (start.value >= 256)
      REQUIRE(static_cast<double>(width.value) <= static_cast<double>(start.value) / 128.0);
    if (start.value < 256) REQUIRE(width == Duration(1));
  }
}

TEST_CASE("a value is counted in the bin that holds it", "[metrics]") {
  RandomStream random(3, "histogram test");
  for (int i = 0; i < 1000; ++i) {
    const auto value =
        Duration(static_cast<std::int64_t>(random.next_bits() >> random.uniform_int(3, 63)));
    LatencyHistogram histogram;
    histogram.add(value, 3);
    const auto& bins = histogram.bins();
    const auto found =
        std::find_if(bins.begin(), bins.end(), [](const auto& bin) { return bin.count != 0; });
    REQUIRE(found != bins.end());
    const auto index = static_cast<std::size_t>(found - bins.begin());
    REQUIRE(found->count == 3);
    REQUIRE(LatencyHistogram::bin_start(index) <= value);
    REQUIRE(value - LatencyHistogram::bin_start(index) < LatencyHistogram::bin_width(index));
  }
}

TEST_CASE("weighted values have an exact mean and exact percentiles when a bin holds one value",
          "[metrics]") {
  LatencyHistogram histogram;
  histogram.add(Duration(10'000'000), 3);
  histogram.add(Duration(50'000'000), 1);
  const Distribution d = *summarize(histogram);
  CHECK(d.mean == 0.02);                         // (3 x 10 + 50) / 4 ms
  CHECK(d.p50 == 0.01);                          // position 1.5 of 10 10 10 50
  CHECK(d.p90 == Approx(0.038).epsilon(1e-12));  // position 2.7: 10 + 0.7 x 40
  CHECK_FALSE(summarize(LatencyHistogram()));
}

TEST_CASE("percentiles are within one percent of those of the values themselves", "[metrics]") {
  RandomStream random(5, "histogram test");
  for (int round = 0; round < 20; ++round) {
    LatencyHistogram histogram;
    std::vector<double> values;
    for (int i = 0; i < 5000; ++i) {
      // Three decades, with a heavy tail.
      const Duration value(static_cast<std::int64_t>(1e6 * std::exp(random.uniform(0, 1) * 7.0)));
      const std::int64_t weight = random.uniform_int(1, 4);
      histogram.add(value, weight);
      values.insert(values.end(), static_cast<std::size_t>(weight), to_seconds(value).value);
    }
    const Distribution exact = *summarize(values);
    const Distribution binned = *summarize(histogram);
    REQUIRE(binned.mean == Approx(exact.mean).epsilon(1e-9));
    REQUIRE(binned.p50 == Approx(exact.p50).epsilon(0.01));
    REQUIRE(binned.p90 == Approx(exact.p90).epsilon(0.01));
    REQUIRE(binned.p95 == Approx(exact.p95).epsilon(0.01));
    REQUIRE(binned.p99 == Approx(exact.p99).epsilon(0.01));
  }
}

TEST_CASE("merging histograms is adding their values", "[metrics]") {
  LatencyHistogram a, b;
  a.add(Duration(1000), 1);
  b.add(Duration(1000), 2);
  b.add(Duration(9000), 1);
  a.merge(b);
  CHECK(summarize(a)->mean == Approx(3e-6));  // (3 x 1000 + 9000) / 4 ns
}

TEST_CASE("a histogram becomes one row per bin that holds anything", "[metrics]") {
  LatencyHistogram histogram;
  histogram.add(Duration(5), 2);
  histogram.add(Duration(1'000'000), 1);
  const std::vector<HistogramRow> rows = histogram_rows(histogram, "itl");
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].bin_start_s == 5e-9);
  CHECK(rows[0].bin_width_s == 1e-9);
  CHECK(rows[0].count == 2);
  CHECK(rows[0].total_ns == 10);
  // 1,000,000 has 20 bits, of which 8 are kept: bins of 4096 ns; 244 x 4096 = 999,424.
  CHECK(rows[1].bin_start_s == 999'424 / 1e9);
  CHECK(rows[1].bin_width_s == 4096 / 1e9);
}

}  // namespace
}  // namespace headroom
