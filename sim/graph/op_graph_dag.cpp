#include "sim/graph/op_graph_dag.hpp"

#include <algorithm>
#include <limits>
#include <vector>

namespace headroom {

Duration time_alone(const OpGraph& graph, const OpGraphAmounts& amounts, std::uint32_t kind,
                    SlotIndex slot) {
  Duration longest = amounts.private_time[kind * graph.slots.size() + slot];
  std::size_t part = kind * graph.part_count() + graph.first_part(slot);
  for (const auto& route : graph.slots[slot].parts) {
    BytesPerSecond narrowest(std::numeric_limits<double>::infinity());
    for (const GraphLinkIndex link : route)
      narrowest = std::min(narrowest, graph.links[link].bandwidth);
    longest = std::max(longest, to_duration(Bytes(amounts.bytes[part++]) / narrowest));
  }
  return amounts.latency[kind * graph.slots.size() + slot] + longest;
}

Dag unroll(const OpGraph& graph, const OpGraphAmounts& amounts) {
  const std::size_t slots = graph.slots.size();
  Dag dag;
  constexpr auto kNone = std::numeric_limits<DagNode>::max();
  std::vector<DagNode> latest(graph.streams.size(), kNone);
  std::int64_t layer = 0;
  for (const LayerRun& run : amounts.layers)
    for (const std::int64_t end = layer + run.count; layer < end; ++layer)
      for (SlotIndex s = 0; s < slots; ++s) {
        const auto node = static_cast<DagNode>(dag.durations.size());
        dag.durations.push_back(time_alone(graph, amounts, run.kind, s));
        for (const auto& [slot, lag] : graph.slots[s].after)
          if (lag <= layer)
            dag.edges.push_back({static_cast<DagNode>(node - s - lag * slots + slot), node});
        DagNode& before = latest[graph.slots[s].stream];
        if (before != kNone) dag.edges.push_back({before, node});
        before = node;
      }
  return dag;
}

}  // namespace headroom
