// tests/simulation/executor/hybrid_graph.hpp -- a graph like those of the hybrid systems, for tests
// and measurements: per layer two micro-batches whose attention the CPU computes, and the weights
// of the next layer on their way meanwhile.
#pragma once

#include <cstdint>

#include "sim/graph/op_graph.hpp"

namespace headroom::test {

struct HybridLinks {
  double h2d = 20e9, d2h = 20e9, cpu = 100e9;  // bytes/s; the CPU's own access to DRAM
  double dram = 400e9;
  bool one_stream_each = false;  // weights and small copies do not meet on the way
};

// 12 slots a layer on the streams gpu, weights, h2d, d2h and cpu. A weight buffer for two layers.
OpGraph hybrid_graph(const HybridLinks& links);

// `scale` stretches all but the weights: at 1 they are the bottleneck, at 20 the CPU is.
OpGraphAmounts hybrid_amounts(const OpGraph& graph, std::int64_t layers, double scale);

}  // namespace headroom::test
