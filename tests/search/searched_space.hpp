// tests/search/searched_space.hpp -- one random space, searched by trying everything and by
// halving, with what each took.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "analysis/metrics/named_metric.hpp"
#include "tests/search/random_space.hpp"

namespace headroom::test {

struct SearchedSpace {
  std::string goal;                      // "minimize e2e_mean_s"
  std::int64_t points = 0;               // that fit into memory
  std::optional<double> optimum, found;  // of the objective; absent: nothing meets the conditions
  double regret = 0;                     // |found / optimum - 1|; 1 when only one of them is there
  std::int64_t simulated_requests = 0, exhaustive_requests = 0;
  // Points whose KV memory is full at the end of the trace, and was at most 70 % full when a
  // sixteenth of it had been served.
  std::int64_t late_kv_points = 0;
  // Metrics of whole runs that are better than their limit says any could be.
  std::int64_t broken_limits = 0;
  // Whether prompt tokens were found in the prefix cache.
  bool has_prefix_reuse = false;
  double share() const {
    return static_cast<double>(simulated_requests) / static_cast<double>(exhaustive_requests);
  }
};

// How many of them are better than the best that any could be.
std::int64_t broken_limits(const MetricValues& metrics, const MetricValues& best);

// Simulates every point at every length it is asked for, each once, in processes of its own.
SearchedSpace search_space(const RandomSpace& space);

}  // namespace headroom::test
