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

// The fastest that a flow over `route` can be if `without` had no limit.
double fastest(const OpGraph& graph, const std::vector<LinkUse>& use, const Route& route,
               GraphLinkIndex without) {
  double rate = kUnlimited;
  for (const GraphLinkIndex link : route)
    if (link != without && use[link] != LinkUse::kNeverFull)
      rate = std::min(rate, graph.links[link].bandwidth.value);
  return rate;
}

// The most that all streams together can ask of `link`.
double largest_demand(const OpGraph& graph, const std::vector<LinkUse>& use, GraphLinkIndex link) {
  std::vector<double> of_stream(graph.streams.size(), 0.0);
  for (const OpSlot& slot : graph.slots) {
    double demand = 0;
    for (const Route& route : slot.parts)
      if (crosses(route, link)) demand += fastest(graph, use, route, link);
    of_stream[slot.stream] = std::max(of_stream[slot.stream], demand);
  }
  return std::accumulate(of_stream.begin(), of_stream.end(), 0.0);
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
