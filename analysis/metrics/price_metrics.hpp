// analysis/metrics/price_metrics.hpp -- what a run costs, when somebody has said what its machines
// cost.
#pragma once

#include "sim/base/units.hpp"
#include "sim/record/run_record.hpp"

namespace headroom {

// `price` is that of all replicas together. Without output there is no cost of it. Pre: the rates
// of `metrics` are set.
void set_price(RunMetrics& metrics, UsdPerHour price);

}  // namespace headroom
