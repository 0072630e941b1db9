#include "analysis/validate/efficiency_fit.hpp"

#include <catch2/catch.hpp>
#include <cmath>

namespace headroom {
namespace {

TEST_CASE("a speed in proportion to the efficiency is fitted in two tries", "[validate]") {
  EfficiencyFit fit(1.0);
  int tries = 0;
  for (; !fit.is_done(); ++tries) fit.observe(std::log(2.5 * fit.candidate()));
  CHECK(fit.has_converged());
  CHECK(tries == 2);
  CHECK(fit.candidate() == Approx(0.4));  // 2.5 x 0.4 = 1
}

TEST_CASE("time that the efficiency does not scale is allowed for", "[validate]") {
  // A pass takes 0.3 s of host time and 0.2 s / efficiency; measured 1 s: 0.2 / 0.7 = 0.2857.
  EfficiencyFit fit(1.0);
  while (!fit.is_done()) fit.observe(-std::log(0.3 + 0.2 / fit.candidate()));
  CHECK(fit.has_converged());
  CHECK(fit.candidate() == Approx(0.2 / 0.7).epsilon(1e-3));
}

TEST_CASE("what no efficiency can reach ends without having converged", "[validate]") {
  EfficiencyFit fit(1.0);
  while (!fit.is_done()) fit.observe(-std::log(3.0 + 1e-3 / fit.candidate()));
  CHECK_FALSE(fit.has_converged());
}

TEST_CASE("an efficiency above one is not tried", "[validate]") {
  EfficiencyFit fit(0.5);
  while (!fit.is_done()) {
    CHECK(fit.candidate() <= 1.0);
    fit.observe(std::log(0.8 * fit.candidate()));  // would need 1.25
  }
  CHECK_FALSE(fit.has_converged());
  CHECK(fit.candidate() == 1.0);
}

TEST_CASE("times count inverted and only fitted rows count", "[validate]") {
  const auto row = [](const char* metric, double predicted, RowUse use) {
    Comparison r;
    r.metric = metric;
    r.measured = 1;
    r.predicted = predicted;
    r.use = use;
    return r;
  };
  // Speeds 4 and 1 / (1 / 4) = 4 and 1: the mean log is 2 log(4) / 3.
  const std::vector<Comparison> rows{
      row("output_tokens_per_s", 4, RowUse::kFit), row("tpot_mean_s", 0.25, RowUse::kFit),
      row("tpot_mean_s", 1, RowUse::kFit), row("tpot_mean_s", 100, RowUse::kHeld)};
  CHECK(*log_speed_ratio(rows) == Approx(2 * std::log(4.0) / 3));
  CHECK_FALSE(log_speed_ratio(std::vector<Comparison>{rows[3]}));
}

}  // namespace
}  // namespace headroom
