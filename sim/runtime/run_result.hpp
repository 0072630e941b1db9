// sim/runtime/run_result.hpp -- what a simulation leaves in memory: outcomes, accounts, series.
// Rows come from it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/runtime/device_account.hpp"
#include "sim/runtime/pass_account.hpp"
#include "sim/runtime/resource_series.hpp"
#include "sim/serving/latency_histogram.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

// What crossed a link of a node.
struct LinkUse {
  std::string link;
  BytesPerSecond bandwidth{0};
  double bytes = 0;
};

struct ReplicaResult {
  DeviceAccount account;
  ResourceSeries series;
  std::int64_t iterations = 0;
  std::int64_t kv_blocks = 0, kv_peak_blocks = 0, kv_evictions = 0;
  std::int64_t prefix_queried_tokens = 0, prefix_hit_tokens = 0;
  // Of a replica that runs passes: busy time in `account` is then that of the passes, and the rest
  // is here.
  std::optional<PassAccount> passes;
  std::vector<LinkUse> links;  // as in its graph, and in the series
  std::vector<CacheCounts> caches;
};

struct RunResult {
  Duration makespan{0};                  // from the simulated origin to the last token
  std::vector<RequestOutcome> outcomes;  // by sequence id
  LatencyHistogram itl;                  // gaps between tokens of a sequence, preemptions included
  std::vector<ReplicaResult> replicas;
  std::vector<IterationRow> iterations;  // if recorded
  std::int64_t iterations_dropped = 0;   // beyond record.max_iterations
  std::int64_t length_capped = 0;        // requests whose output was cut at max_model_len
  std::int64_t decode_stretches = 0, fast_forwarded_iterations = 0;
};

}  // namespace headroom
