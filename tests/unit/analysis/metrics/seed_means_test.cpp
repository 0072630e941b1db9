#include "analysis/metrics/seed_means.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

namespace headroom {
namespace {

const SeedMean* find(const std::vector<SeedMean>& means, const std::string& metric) {
  const auto found = std::find_if(means.begin(), means.end(),
                                  [&](const SeedMean& m) { return m.metric == metric; });
  return found != means.end() ? &*found : nullptr;
}

TEST_CASE("the interval over three seeds is that of Student", "[metrics]") {
  std::vector<RunMetrics> runs(3);
  runs[0].requests_per_s = 9;
  runs[1].requests_per_s = 10;
  runs[2].requests_per_s = 14;
  const auto means = means_over_seeds(runs);
  const SeedMean* rate = find(means, "requests_per_s");
  REQUIRE(rate != nullptr);
  CHECK(rate->runs == 3);
  CHECK(rate->mean == Approx(11.0));
  // Squares 4 + 1 + 9 = 14, variance 14 / 2 = 7; t(2) = 4.303; 4.303 x sqrt(7 / 3) = 6.573.
  CHECK(*rate->half_width == Approx(6.573).margin(0.001));
}

TEST_CASE("one run has no interval and a metric nobody measured is left out", "[metrics]") {
  std::vector<RunMetrics> runs(2);
  runs[0].ttft_s = Distribution{1, 2, 3, 4, 5};
  const auto means = means_over_seeds(runs);
  CHECK(find(means, "ttft_p99_s")->mean == 5.0);
  CHECK(find(means, "ttft_p99_s")->runs == 1);
  CHECK_FALSE(find(means, "ttft_p99_s")->half_width);
  CHECK(find(means, "tpot_p99_s") == nullptr);
  CHECK(find(means, "binding_resource") == nullptr);
  CHECK(means_over_seeds({}).empty());
}

TEST_CASE("the points of Student follow the published table", "[metrics]") {
  CHECK(student_t_975(1) == 12.706);
  CHECK(student_t_975(30) == 2.042);
  // NIST table 1.3.6.7.2 beyond the part that is stored: 40, 60, 100 degrees of freedom.
  CHECK(student_t_975(40) == Approx(2.021).margin(0.0005));
  CHECK(student_t_975(60) == Approx(2.000).margin(0.0005));
  CHECK(student_t_975(100) == Approx(1.984).margin(0.0005));
}

}  // namespace
}  // namespace headroom
