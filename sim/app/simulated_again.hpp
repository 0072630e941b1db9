// sim/app/simulated_again.hpp -- what runs recorded in summary mode left out and a report shows:
// time series and the latencies of requests. They are simulated once more, each in a process of its
// own, and checked against the metrics in the file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/report/latency_quantiles.hpp"
#include "sim/record/run_record.hpp"

namespace headroom {

struct SimulatedAgain {
  std::vector<ResourceUseRow> resource_use;
  RequestLatencies latencies;  // of requests that completed
  std::string problem;         // why there is none: a trace that is gone, another code version
};

// By run. `bins`: at most so many per series, and nearly as many. Opens the file itself, since no
// connection may cross a fork. Throws Interrupted and InternalError; whatever else keeps a run from
// being simulated is its problem.
std::vector<SimulatedAgain> simulate_again(const std::string& database_path,
                                           const std::vector<std::int64_t>& run_ids,
                                           const std::vector<std::string>& folders,
                                           std::size_t bins);

}  // namespace headroom
