#include "sim/engine/link_sharing.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

namespace headroom {
namespace {

constexpr double kUnlimited = std::numeric_limits<double>::infinity();
using Route = std::vector<GraphLinkIndex>;

bool crosses(const Route& route, GraphLinkIndex link) {
  return std::ranges::find(route, link) != route.end();
}

// The parts of a slot that cross `link`, each as fast as the other links of its route let it be.
double demand_of_slot(const OpGraph& graph, const std::vector<LinkUse>& use, const OpSlot& slot,
                      GraphLinkIndex link) {
  double demand = 0;
  for (const Route& route : slot.parts) {
    if (!crosses(route, link)) continue;
    double rate = kUnlimited;
    for (const GraphLinkIndex other : route)
      if (other != link && use[other] != LinkUse::kNeverFull)
        rate = std::min(rate, graph.links[other].bandwidth.value);
    demand += rate;
  }
  return demand;
}

// The narrowest other link that all of a stream that crosses `link` crosses too; `link` itself if
// there is none.
GraphLinkIndex common_narrowest(const OpGraph& graph, const std::vector<LinkUse>& use,
                                StreamIndex stream, GraphLinkIndex link) {
  const auto is_on_all = [&](GraphLinkIndex other) {
    return std::ranges::all_of(graph.slots, [&](const OpSlot& slot) {
      return slot.stream != stream || std::ranges::all_of(slot.parts, [&](const Route& route) {
               return !crosses(route, link) || crosses(route, other);
             });
    });
  };
  GraphLinkIndex narrowest = link;
  for (GraphLinkIndex other = 0; other < graph.links.size(); ++other)
    if (other != link && use[other] != LinkUse::kNeverFull && is_on_all(other) &&
        (narrowest == link || graph.links[other].bandwidth < graph.links[narrowest].bandwidth))
      narrowest = other;
  return narrowest;
}

// An upper bound of what all streams together can ask of `link`.
double largest_demand(const OpGraph& graph, const std::vector<LinkUse>& use, GraphLinkIndex link) {
  std::vector<double> behind(graph.links.size(), 0.0);  // by the link that streams come through
  for (StreamIndex stream = 0; stream < graph.streams.size(); ++stream) {
    double demand = 0;
    for (const OpSlot& slot : graph.slots)
      if (slot.stream == stream) demand = std::max(demand, demand_of_slot(graph, use, slot, link));
    if (demand > 0) behind[common_narrowest(graph, use, stream, link)] += demand;
  }
  double sum = 0;
  for (GraphLinkIndex other = 0; other < graph.links.size(); ++other)
    sum +=
        other == link ? behind[other] : std::min(behind[other], graph.links[other].bandwidth.value);
  return sum;
}

bool is_one_at_a_time(const OpGraph& graph, GraphLinkIndex link) {
  std::optional<StreamIndex> only;
  for (const OpSlot& slot : graph.slots) {
    const auto users = std::ranges::count_if(
        slot.parts, [link](const Route& route) { return crosses(route, link); });
    if (users == 0) continue;
    if (users > 1 || (only && *only != slot.stream)) return false;
    only = slot.stream;
  }
  return true;
}

}  // namespace

std::vector<LinkUse> classify_links(const OpGraph& graph) {
  std::vector<LinkUse> use(graph.links.size(), LinkUse::kShared);
  for (GraphLinkIndex link = 0; link < use.size(); ++link)
    if (is_one_at_a_time(graph, link)) use[link] = LinkUse::kOneAtATime;

  std::vector<GraphLinkIndex> widest_first(graph.links.size());
  std::iota(widest_first.begin(), widest_first.end(), 0);
  std::ranges::stable_sort(widest_first, [&](GraphLinkIndex a, GraphLinkIndex b) {
    return graph.links[a].bandwidth > graph.links[b].bandwidth;
  });
  // One round is enough: leaving a link out only ever raises what others may be asked for.
  for (const GraphLinkIndex link : widest_first)
    if (largest_demand(graph, use, link) <= graph.links[link].bandwidth.value)
      use[link] = LinkUse::kNeverFull;
  return use;
}

}  // namespace headroom
