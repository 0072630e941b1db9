// sim/graph/op_graph_dag.hpp -- a pass as a Dag: every operation of every layer a node that lasts
// what it takes alone, with edges for what it waits for and for the order of its stream. Its
// critical path is a lower bound of the pass, and its length when nothing is shared.
#pragma once

#include "sim/base/units.hpp"
#include "sim/graph/dag.hpp"
#include "sim/graph/op_graph.hpp"

namespace headroom {

// latency + max(private time, bytes / narrowest link of each part), each part rounded by itself.
Duration time_alone(const OpGraph& graph, const OpGraphAmounts& amounts, std::uint32_t kind,
                    SlotIndex slot);

// Node layer * slots + slot.
Dag unroll(const OpGraph& graph, const OpGraphAmounts& amounts);

}  // namespace headroom
