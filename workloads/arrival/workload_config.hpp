// workloads/arrival/workload_config.hpp -- the `workload:` section of a scenario. One of
//
//   trace: {...}                     a trace as it is (trace_config.hpp)
//   trace: {...}                     its lengths, row by row, with other arrivals
//   arrivals: {...}
//   arrivals: {...}                  all synthetic
//   requests: 1000
//   prompt_tokens: ...               length_config.hpp
//   output_tokens: ...
//   lengths: {...}                   instead of these two: prompt and output together from the rows
//   of a trace classes: [{name, share, priority, prompt_tokens, output_tokens | lengths}]   a class
//   without lengths has those above shared_prefix: {groups, tokens}
//
// arrivals: {process: poisson, rate: 4 /s}, {process: gamma, rate, burstiness}, {process: constant,
// rate},
//           {process: all_at_once}, {process: closed_loop, max_concurrency: 64}
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/config/map_reader.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

struct WorkloadConfig {
  // Reads the trace or draws the requests. Throws ConfigError with file and line for a broken
  // trace.
  std::function<RequestTable(std::uint64_t seed)> make_requests;
  // Its first requests, for what has to be known of a workload before it runs: at most so many of
  // those that are drawn, the same ones; a trace is read whole.
  std::function<RequestTable(std::uint64_t seed, std::int64_t at_most)> make_first_requests;
  // The names that an `slo` can be given for. Empty: they stand in a column of the trace.
  std::vector<std::string> classes;
  // Tokens per prefix id, 0 without ids: the KV block size has to divide it (prefix_ids_problem in
  // trace_reader.hpp).
  std::int32_t hash_block_tokens = 0;
};

// Reads the whole section and finishes it. Problems go to the reader's diagnostics; the result may
// only be used if there are none.
WorkloadConfig workload_from_config(MapReader& reader);

}  // namespace headroom
