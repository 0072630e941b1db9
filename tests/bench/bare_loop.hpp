// tests/bench/bare_loop.hpp -- the least work that the batching of the benchmark takes: continuous
// batching with chunked prefill, preemption and counted KV blocks on one device, written by hand
// for this one case. No SimGrid, no policy, no prefix cache, no ledger, no records but two dates
// per request. The simulator is measured against it.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/request.hpp"

namespace headroom::bench {

// Duration of an iteration: the longer of arithmetic and memory traffic, both linear in the batch.
struct BareCosts {
  double seconds_per_token = 0;           // arithmetic of one new token
  double seconds_per_attention_pair = 0;  // arithmetic of one (query, key) pair
  double seconds_per_weight_pass = 0;     // reading the weights, once per iteration
  double seconds_per_context_token = 0;   // reading the KV cache of one token
};

struct BareLimits {
  std::int64_t token_budget = 512;
  std::size_t max_sequences = 128;
  std::int64_t block_tokens = 16;
  std::int64_t blocks = 7424;
};

struct BareResult {
  std::int64_t iterations = 0, preemptions = 0, rejected = 0;
  std::int64_t makespan_ns = 0;
  std::vector<std::int64_t> first_token_ns, finish_ns;  // by request; -1: rejected
};

BareResult run_bare_loop(const RequestTable& table, const BareLimits& limits,
                         const BareCosts& costs);

}  // namespace headroom::bench
