#include "policies/execution/graph_builder.hpp"

#include <algorithm>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::uint32_t index_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  names.push_back(name);
  return static_cast<std::uint32_t>(names.size() - 1);
}

template <class RouteOfRank>
std::vector<Route> for_each_rank(std::int64_t ranks, RouteOfRank route) {
  std::vector<Route> routes;
  for (std::int64_t rank = 0; rank < ranks; ++rank) routes.push_back(route(rank));
  return routes;
}

}  // namespace

GraphBuilder::GraphBuilder(const NodeSpec& node, std::int64_t ranks)
    : topology_(node), ranks_(ranks) {
  if (ranks > node.gpus)
    throw UserError("parallelism.tensor is " + std::to_string(ranks) + ", but the node has " +
                    std::to_string(node.gpus) + " GPUs");
}

SlotIndex GraphBuilder::add(const std::string& name, const std::string& stream, const char* cause,
                            std::vector<SlotDependency> after, std::vector<Route> parts,
                            Processor processor) {
  OpGraph& graph = built_.graph;
  graph.slots.push_back({name, index_of(graph.streams, stream), index_of(graph.causes, cause),
                         std::move(after), std::move(parts)});
  built_.processors.push_back(processor);
  return static_cast<SlotIndex>(graph.slots.size() - 1);
}

void GraphBuilder::depend(SlotIndex slot, SlotDependency on) {
  built_.graph.slots[slot].after.push_back(on);
}

std::vector<Route> GraphBuilder::to_devices(const std::string& user) {
  return for_each_rank(ranks_, [&](auto gpu) { return topology_.host_to_device(gpu, user); });
}
std::vector<Route> GraphBuilder::to_host(const std::string& user) {
  return for_each_rank(ranks_, [&](auto gpu) { return topology_.device_to_host(gpu, user); });
}
std::vector<Route> GraphBuilder::ssd_to_devices(const std::string& user) {
  return for_each_rank(ranks_, [&](auto gpu) { return topology_.ssd_to_device(gpu, user); });
}
std::vector<Route> GraphBuilder::devices_to_ssd(const std::string& user) {
  return for_each_rank(ranks_, [&](auto gpu) { return topology_.device_to_ssd(gpu, user); });
}
std::vector<Route> GraphBuilder::ring(const std::string& user) {
  return for_each_rank(
      ranks_, [&](auto gpu) { return topology_.device_to_device(gpu, (gpu + 1) % ranks_, user); });
}

std::vector<Route> GraphBuilder::cpu_memory(const std::string& user) {
  std::vector<Route> routes;
  std::int64_t last = -1;
  for (std::int64_t gpu = 0; gpu < ranks_; ++gpu) {
    const std::int64_t socket = topology_.socket_of(gpu);
    if (socket != last) routes.push_back(topology_.cpu_memory(socket, user));
    last = socket;
  }
  return routes;
}

std::int64_t GraphBuilder::ranks_per_socket() const {
  std::vector<std::int64_t> ranks(topology_.node().sockets.size());
  for (std::int64_t gpu = 0; gpu < ranks_; ++gpu)
    ++ranks[static_cast<std::size_t>(topology_.socket_of(gpu))];
  return *std::max_element(ranks.begin(), ranks.end());
}

BuiltGraph GraphBuilder::finish(const std::string& watched) {
  built_.graph.watched = index_of(built_.graph.streams, watched);
  built_.graph.links = topology_.links();
  check_op_graph(built_.graph);
  return std::move(built_);
}

}  // namespace headroom
