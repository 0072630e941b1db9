#include "sim/graph/op_graph.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {

std::size_t OpGraph::part_count() const {
  std::size_t count = 0;
  for (const auto& slot : slots) count += slot.parts.size();
  return count;
}

PartIndex OpGraph::first_part(SlotIndex slot) const {
  std::size_t first = 0;
  for (SlotIndex s = 0; s < slot; ++s) first += slots[s].parts.size();
  return static_cast<PartIndex>(first);
}

std::uint32_t OpGraph::longest_lag() const {
  std::uint32_t longest = 0;
  for (const auto& slot : slots)
    for (const auto& dependency : slot.after) longest = std::max(longest, dependency.lag);
  return longest;
}

void OpGraphAmounts::resize(const OpGraph& graph, std::size_t kinds) {
  layers.clear();
  private_time.assign(kinds * graph.slots.size(), Duration{0});
  latency.assign(kinds * graph.slots.size(), Duration{0});
  bytes.assign(kinds * graph.part_count(), 0.0);
}

void check_op_graph(const OpGraph& graph) {
  for (const auto& link : graph.links)
    HEADROOM_CHECK(link.bandwidth.value > 0, "link ", link.name, " has a bandwidth");
  HEADROOM_CHECK(graph.watched < graph.streams.size(), "expected a stream to watch of ",
                 graph.streams.size(), ", got ", graph.watched);
  for (std::size_t s = 0; s < graph.slots.size(); ++s) {
    const OpSlot& slot = graph.slots[s];
    HEADROOM_CHECK(slot.stream < graph.streams.size(), slot.name, " runs on a stream");
    HEADROOM_CHECK(slot.cause < graph.causes.size(), slot.name, " has a cause");
    for (const auto& [earlier, lag] : slot.after)
      HEADROOM_CHECK(earlier < graph.slots.size() && (lag > 0 || earlier < s), slot.name,
                     " waits for slot ", earlier, " of ", lag, " layers before");
    for (auto route : slot.parts) {
      HEADROOM_CHECK(!route.empty(), slot.name, " has a part without a link");
      std::sort(route.begin(), route.end());
      HEADROOM_CHECK(std::adjacent_find(route.begin(), route.end()) == route.end(), slot.name,
                     " crosses a link twice");
      HEADROOM_CHECK(route.back() < graph.links.size(), slot.name, " crosses a link of the graph");
    }
  }
}

}  // namespace headroom
