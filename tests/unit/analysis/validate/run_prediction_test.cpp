#include "analysis/validate/run_prediction.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

TEST_CASE("a prediction is a metric of the run or made of them", "[validate]") {
  RunMetrics metrics;
  metrics.requests = 2;
  metrics.prompt_tokens = 1000;
  metrics.output_tokens_per_s = 7;
  metrics.ttft_s = Distribution{.mean = 0.25};
  metrics.tpot_s = Distribution{.mean = 0.02, .p99 = 0.05};
  CHECK(*prediction(metrics, "output_tokens_per_s") == 7);
  CHECK(*prediction(metrics, "tpot_p99_s") == 0.05);
  CHECK(*prediction(metrics, "prefill_tokens_per_s") == Approx(2000));  // 1000 / 2 / 0.25
  CHECK(*prediction(metrics, "decode_tokens_per_s") == Approx(50));     // 1 / 0.02
}

TEST_CASE("what a run did not measure is absent", "[validate]") {
  const RunMetrics metrics;
  CHECK_FALSE(prediction(metrics, "ttft_mean_s"));
  CHECK_FALSE(prediction(metrics, "prefill_tokens_per_s"));
  CHECK_FALSE(prediction(metrics, "decode_tokens_per_s"));
}

TEST_CASE("rates are known by their unit", "[validate]") {
  CHECK(is_rate("output_tokens_per_s"));
  CHECK_FALSE(is_rate("tpot_mean_s"));
  CHECK(is_prediction("makespan_s"));
  CHECK_FALSE(is_prediction("binding_resource"));
}

}  // namespace
}  // namespace headroom
