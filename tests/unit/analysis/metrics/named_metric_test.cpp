#include "analysis/metrics/named_metric.hpp"

#include <catch2/catch.hpp>

#include "analysis/metrics/price_metrics.hpp"

namespace headroom {
namespace {

TEST_CASE("metrics are found by the names of their columns", "[metrics]") {
  RunMetrics metrics;
  metrics.makespan_s = 2.5;
  metrics.completed = 7;
  metrics.ttft_s = Distribution{1, 2, 3, 4, 5};
  CHECK(metric_value(metrics, "makespan_s") == 2.5);
  CHECK(metric_value(metrics, "completed") == 7);
  CHECK(metric_value(metrics, "ttft_p99_s") == 5);
  CHECK(!metric_value(metrics, "tpot_mean_s"));
}

TEST_CASE("what is no number is no metric to search for", "[metrics]") {
  CHECK(is_numeric_metric("tpot_mean_s"));
  CHECK(is_numeric_metric("cost_usd_per_million_output_tokens"));
  CHECK(!is_numeric_metric("binding_resource"));
  CHECK(!is_numeric_metric("tpot"));
}

TEST_CASE("rates and fractions are better when higher and times and costs when lower",
          "[metrics]") {
  for (const char* name : {"output_tokens_per_s", "goodput_requests_per_s", "slo_attainment",
                           "attained_fraction", "prefix_hit_rate"})
    CHECK(is_higher_better(name));
  for (const char* name : {"ttft_p99_s", "makespan_s", "price_per_hour", "rejected",
                           "cost_usd_per_million_output_tokens", "preemptions"})
    CHECK(!is_higher_better(name));
}

TEST_CASE("the cost of output is the price over its rate", "[metrics]") {
  RunMetrics metrics;
  metrics.output_tokens_per_s = 500;
  set_price(metrics, UsdPerHour(3.6));
  CHECK(metrics.price_per_hour == 3.6);
  // 3.6 USD/h are 0.001 USD/s; 500 tokens/s make a million in 2,000 s: 2 USD.
  CHECK(*metrics.cost_usd_per_million_output_tokens == Approx(2));
}

TEST_CASE("no output has no cost", "[metrics]") {
  RunMetrics metrics;
  set_price(metrics, UsdPerHour(3.6));
  CHECK(metrics.price_per_hour == 3.6);
  CHECK(!metrics.cost_usd_per_million_output_tokens);
}

}  // namespace
}  // namespace headroom
