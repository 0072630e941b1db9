#include "analysis/metrics/price_metrics.hpp"

namespace headroom {

void set_price(RunMetrics& metrics, UsdPerHour price) {
  constexpr double kSecondsPerHour = 3600, kMillion = 1e6;
  metrics.price_per_hour = price.value;
  if (metrics.output_tokens_per_s > 0)
    metrics.cost_usd_per_million_output_tokens =
        price.value / kSecondsPerHour / metrics.output_tokens_per_s * kMillion;
}

}  // namespace headroom
