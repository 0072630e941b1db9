// tests/simulation/executor/random_op_graph.hpp -- op graphs and amounts drawn at random, from a
// seed.
#pragma once

#include <cstdint>

#include "sim/graph/op_graph.hpp"

namespace headroom::test {

struct RandomPass {
  OpGraph graph;
  OpGraphAmounts amounts;
};

enum class Links {
  kOwn,    // every stream has links of its own: nothing can be shared
  kMixed,  // some links of its own, some that all may cross
};

// 2 to 4 streams, 2 to 7 slots, lags up to 3, up to three kinds of layers with up to `layers` in
// all; times of nanoseconds to milliseconds, some of them 0.
RandomPass random_pass(std::uint64_t seed, Links links, std::int64_t layers);

}  // namespace headroom::test
