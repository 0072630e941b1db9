// sim/graph/dag.hpp -- durations with an order between them: what must precede what, and how long
// that takes at least. The critical path is a lower bound of every schedule and its exact length
// when nothing is shared, so it is the oracle of the executor's tests. Integer nanoseconds: the
// bound is exact.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

using DagNode = std::uint32_t;  // index into Dag::durations

struct DagEdge {
  DagNode from = 0;
  DagNode to = 0;  // starts when `from` has ended
};

// Edges may be given twice. Nothing here keeps a Dag free of cycles: topological_order() says
// whether it is.
struct Dag {
  std::vector<Duration> durations;  // one per node, not negative
  std::vector<DagEdge> edges;
};

// Exactly one of the two is filled, unless the graph is empty.
struct TopologicalOrder {
  std::vector<DagNode>
      order;  // every edge points forward; the same graph always gives the same order
  std::vector<DagNode> cycle;  // each node precedes the next, and the last precedes the first; a
                               // self-loop is one node
  bool is_acyclic() const { return cycle.empty(); }
};

struct CriticalPath {
  Duration length{0};
  std::vector<DagNode>
      nodes;  // along the edges; the lowest numbers among equals. Empty for an empty graph only
};

// Linear in nodes and edges. InternalError: an edge to a node that is not there.
TopologicalOrder topological_order(const Dag& dag);

// Largest sum of durations along the edges. InternalError: a cycle (named), a negative duration, a
// sum over 2^63 ns.
CriticalPath critical_path(const Dag& dag);

}  // namespace headroom
