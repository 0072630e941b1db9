#include "analysis/validate/run_prediction.hpp"

#include <algorithm>

#include "analysis/metrics/seed_means.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::string_view kPrefillRate = "prefill_tokens_per_s";
constexpr std::string_view kDecodeRate = "decode_tokens_per_s";

std::vector<std::string> all_names() {
  const Distribution measured{1, 1, 1, 1, 1};
  RunMetrics all;
  all.ttft_s = all.ttft_queued_s = all.tpot_s = all.itl_s = all.e2e_s = all.queueing_s = measured;
  all.slo_attainment = all.goodput_requests_per_s = all.prefix_hit_rate = 1;
  all.price_per_hour = all.cost_usd_per_million_output_tokens = 1;
  std::vector<std::string> names{std::string(kPrefillRate), std::string(kDecodeRate)};
  for (const auto& mean : means_over_seeds({&all, 1})) names.push_back(mean.metric);
  return names;
}

}  // namespace

const std::vector<std::string>& prediction_names() {
  static const std::vector<std::string> names = all_names();
  return names;
}

bool is_prediction(std::string_view name) {
  const auto& names = prediction_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::optional<double> prediction(const RunMetrics& metrics, std::string_view name) {
  HEADROOM_CHECK(is_prediction(name), "a known metric, got ", name);
  if (name == kPrefillRate) {
    if (!metrics.ttft_s || metrics.requests == 0 || metrics.ttft_s->mean <= 0) return std::nullopt;
    return static_cast<double>(metrics.prompt_tokens) / static_cast<double>(metrics.requests) /
           metrics.ttft_s->mean;
  }
  if (name == kDecodeRate) {
    if (!metrics.tpot_s || metrics.tpot_s->mean <= 0) return std::nullopt;
    return 1 / metrics.tpot_s->mean;
  }
  for (const auto& mean : means_over_seeds({&metrics, 1}))
    if (mean.metric == name) return mean.mean;
  return std::nullopt;
}

bool is_rate(std::string_view name) { return name.ends_with("_per_s"); }

}  // namespace headroom
