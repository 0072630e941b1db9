// analysis/search/metric_bounds.hpp -- the best value of each metric that any policy could reach on
// a scenario, from its limits, without simulating: what a search need not try. A latency is no
// better than that of requests which each have a machine to themselves, percentile by percentile; a
// rate is no better than all its tokens over the limit of the makespan; a price is what it is.
// Metrics whose limit nobody knows (preemptions, ITL) have no bound.
#pragma once

#include <cstdint>

#include "analysis/metrics/named_metric.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

struct MetricBounds {
  // The highest it can be where higher is better, else the lowest; a metric without a limit is
  // left out.
  MetricValues best;
  std::int64_t requests = 0;  // of the trace
};

// Draws the requests of the scenario and counts their work. Pre: it fits into its memories. Throws
// ConfigError for a broken trace.
MetricBounds metric_bounds(const Scenario& scenario);

}  // namespace headroom
