#include "analysis/validate/comparison.hpp"

#include <catch2/catch.hpp>
#include <cmath>

namespace headroom {
namespace {

Comparison row(double predicted, double measured, RowUse use = RowUse::kHeld,
               const std::string& metric = "ttft_mean_s") {
  Comparison r;
  r.group = "demo";
  r.metric = metric;
  r.use = use;
  r.measured = measured;
  r.predicted = predicted;
  return r;
}

TEST_CASE("errors of four rows by hand", "[validate]") {
  // Ratios 1.1, 0.8, 1.5, 1.0: errors 0.1, 0.2, 0.5, 0; sorted 0, 0.1, 0.2, 0.5.
  const std::vector<Comparison> rows{row(1.1, 1), row(8, 10), row(3, 2), row(5, 5)};
  const ErrorStats stats = error_stats(rows);
  CHECK(stats.n == 4);
  CHECK(stats.median_ape == Approx(0.15));   // between 0.1 and 0.2
  CHECK(stats.mean_ape == Approx(0.2));      // 0.8 / 4
  CHECK(stats.p90_ape == Approx(0.41));      // position 2.7: 0.2 + 0.7 x 0.3
  CHECK(stats.bias == Approx(0.1));          // (0.1 - 0.2 + 0.5 + 0) / 4
  CHECK(stats.within_1_35 == Approx(0.75));  // all but 1.5
  CHECK(worst_of(rows)->measured == 2);
  // Ranks of predicted 1.1 8 3 5: 1 4 2 3; of measured 1 10 2 5: 1 4 2 3.
  CHECK(*stats.spearman == Approx(1.0));
}

TEST_CASE("too slow and too fast by the same factor are equally far", "[validate]") {
  CHECK(error_stats(std::vector<Comparison>{row(1.35, 1), row(1, 1.35)}).within_1_35 == 1.0);
  CHECK(error_stats(std::vector<Comparison>{row(1.36, 1), row(1, 1.36)}).within_1_35 == 0.0);
}

TEST_CASE("rank correlation shares ranks among equals", "[validate]") {
  const std::vector<double> up{1, 2, 3}, down{3, 2, 1}, tied{1, 1, 2}, constant{5, 5, 5};
  CHECK(*rank_correlation(up, up) == Approx(1.0));
  CHECK(*rank_correlation(up, down) == Approx(-1.0));
  // Ranks 1 2 3 and 1.5 1.5 3: products 0.5 + 0 + 1 = 1.5; squares 2 and 1.5; 1.5 / sqrt(3).
  CHECK(*rank_correlation(up, tied) == Approx(1.5 / std::sqrt(3.0)));
  CHECK_FALSE(rank_correlation(up, constant));
  CHECK_FALSE(rank_correlation(std::vector<double>{1, 2}, std::vector<double>{1, 2}));
}

TEST_CASE("ranks are compared within one metric", "[validate]") {
  // Rates rank perfectly (weight 3), times in reverse (weight 3): 0 together. Mixed, the large
  // numbers of one metric would rank above the small ones of the other whatever was predicted.
  const std::vector<Comparison> rows{
      row(1, 1, RowUse::kHeld, "rate"),     row(2, 2, RowUse::kHeld, "rate"),
      row(3, 3, RowUse::kHeld, "rate"),     row(300, 100, RowUse::kHeld, "time"),
      row(200, 200, RowUse::kHeld, "time"), row(100, 300, RowUse::kHeld, "time")};
  CHECK(*error_stats(rows).spearman == Approx(0.0).margin(1e-12));
}

TEST_CASE("a group keeps fitted and held rows apart and counts what has no prediction",
          "[validate]") {
  Comparison excluded = row(0, 0, RowUse::kExcluded);
  excluded.predicted.reset();
  excluded.why = "rounded";
  Comparison failed = row(0, 1);
  failed.predicted.reset();
  failed.why = "out of memory";
  Comparison other = row(2, 1);
  other.group = "other";
  const std::vector<Comparison> rows{
      row(1, 1, RowUse::kFit), excluded, row(1.2, 1), excluded, failed, other};
  const auto groups = summarize_groups(rows);
  REQUIRE(groups.size() == 2);
  CHECK(groups[0].group == "demo");
  CHECK(groups[0].all.n == 2);
  CHECK(groups[0].fitted.n == 1);
  CHECK(groups[0].fitted.median_ape == 0.0);
  CHECK(groups[0].held.n == 1);
  CHECK(groups[0].held.median_ape == Approx(0.2));
  CHECK(groups[0].excluded == 3);
  REQUIRE(groups[0].exclusions.size() == 2);
  CHECK(groups[0].exclusions[0].why == "rounded");
  CHECK(groups[0].exclusions[0].rows == 2);
  CHECK(groups[0].exclusions[1].why == "out of memory");
  CHECK(groups[1].held.n == 1);
  CHECK(worst_of(groups[1].rows, RowUse::kFit) == nullptr);
}

}  // namespace
}  // namespace headroom
