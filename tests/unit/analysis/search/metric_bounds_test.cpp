#include "analysis/search/metric_bounds.hpp"

#include <catch2/catch.hpp>

#include "sim/scenario/load_scenario.hpp"

namespace headroom {
namespace {

Scenario load(std::vector<std::string> overrides = {}) {
  const std::string text =
      "model: llama-3.1-8b\n"
      "hardware: {gpu: h100-sxm, replicas: 2, price_per_hour: 3 USD/h}\n"
      "slo: {ttft: 1 s}\n"
      "workload: {arrivals: {process: poisson, rate: 2 /s}, prompt_tokens: 1000, output_tokens: "
      "11, requests: 50}\n";
  return load_scenario_text(text, "s.yaml", {std::move(overrides), "", true, true});
}

TEST_CASE("the price is that of all replicas", "[search][bounds]") {
  CHECK(metric_bounds(load()).best.at("price_per_hour") == 6);
  CHECK(metric_bounds(load()).requests == 50);
}

TEST_CASE("no latency is better than that of a request alone", "[search][bounds]") {
  const auto best = metric_bounds(load()).best;
  // Every request has the same lengths, so all percentiles are the same. A prompt of 1,000 tokens
  // is 1,000 x 2 x 8.0e9 FLOP at 989.4 TFLOP/s: a little over 14 ms, less the embedding's share.
  CHECK(best.at("ttft_p50_s") == Approx(best.at("ttft_p99_s")).epsilon(1e-6));
  CHECK(best.at("ttft_p50_s") > 0.013);
  CHECK(best.at("ttft_p50_s") < 0.020);
  // A decode step reads the weights: 16.06 GB less the embedding table at 3.35 TB/s, about 4.5 ms.
  CHECK(best.at("tpot_mean_s") > 0.0040);
  CHECK(best.at("tpot_mean_s") < 0.0050);
  CHECK(best.at("e2e_mean_s") ==
        Approx(best.at("ttft_mean_s") + 10 * best.at("tpot_mean_s")).epsilon(1e-3));
  CHECK(best.at("slo_attainment") == 1);
}

TEST_CASE("an SLO that nothing can meet is met by nobody", "[search][bounds]") {
  CHECK(metric_bounds(load({"slo.ttft=5 ms"})).best.at("slo_attainment") == 0);
}

TEST_CASE("rates of the whole run are bounded by its shortest makespan", "[search][bounds]") {
  const auto best = metric_bounds(load()).best;
  CHECK(best.at("output_tokens_per_s") == Approx(50 * 11 / best.at("makespan_s")).epsilon(1e-6));
  // 6 USD/h over that rate.
  CHECK(best.at("cost_usd_per_million_output_tokens") ==
        Approx(6.0 / 3600 / best.at("output_tokens_per_s") * 1e6));
  const auto windowed = metric_bounds(load({"measure.after=5 s"})).best;
  CHECK(!windowed.contains("output_tokens_per_s"));  // in a part of the run it may be higher
  CHECK(windowed.contains("ttft_p99_s"));
}

TEST_CASE("what nobody can bound has no bound", "[search][bounds]") {
  const auto best = metric_bounds(load()).best;
  for (const char* metric : {"preemptions", "itl_p99_s", "kv_peak_blocks", "prefix_hit_rate"})
    CHECK(!best.contains(metric));
}

}  // namespace
}  // namespace headroom
