// tests/simulation/executor/pass_in_child.hpp -- one pass over SimGrid in a child process, because
// a process has one kernel only.
#pragma once

#include "sim/engine/executor.hpp"
#include "tests/simulation/executor/random_op_graph.hpp"

namespace headroom::test {

// With the timeline.
PassResult pass_in_child(const RandomPass& pass, ExecutorOptions options);

}  // namespace headroom::test
