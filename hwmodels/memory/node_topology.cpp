#include "hwmodels/memory/node_topology.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kSsdSocket = 0;

std::string gpu_name(std::int64_t gpu) { return "gpu" + std::to_string(gpu); }
std::string socket_name(std::int64_t socket) { return "socket" + std::to_string(socket); }

}  // namespace

NodeTopology::NodeTopology(const NodeSpec& node) : node_(node) {
  HEADROOM_CHECK(!node.sockets.empty() && node.gpus >= 1, "a node has sockets and GPUs");
}

std::int64_t NodeTopology::socket_of(std::int64_t gpu) const {
  return gpu * static_cast<std::int64_t>(node_.sockets.size()) / node_.gpus;
}

GraphLinkIndex NodeTopology::link(const std::string& name, BytesPerSecond bandwidth,
                                  const std::string& user) {
  const std::string own = node_.shared_links ? name : name + "/" + user;
  const auto found =
      std::find_if(links_.begin(), links_.end(), [&](const GraphLink& l) { return l.name == own; });
  if (found != links_.end()) return static_cast<GraphLinkIndex>(found - links_.begin());
  links_.push_back({own, bandwidth});
  return static_cast<GraphLinkIndex>(links_.size() - 1);
}

GraphLinkIndex NodeTopology::dram(std::int64_t socket, const std::string& user) {
  const SocketSpec& spec = node_.sockets[static_cast<std::size_t>(socket)];
  return link(socket_name(socket) + ".dram", spec.dram_bandwidth, user);
}

// Switches belong to a socket: none has GPUs of two.
std::string NodeTopology::switch_of(std::int64_t gpu) const {
  const std::int64_t socket = socket_of(gpu);
  const auto sockets = static_cast<std::int64_t>(node_.sockets.size());
  const std::int64_t first_gpu = ceil_div(socket * node_.gpus, sockets);
  const std::int64_t index = (gpu - first_gpu) / node_.pcie.gpus_per_switch;
  return socket_name(socket) + ".switch" + std::to_string(index);
}

void NodeTopology::add_to_card(std::int64_t gpu, const std::string& user, Route& route) {
  if (node_.pcie.gpus_per_switch > 1)
    route.push_back(link(switch_of(gpu) + ".down", node_.pcie.uplink_bandwidth, user));
  route.push_back(link(gpu_name(gpu) + ".h2d", node_.pcie.bandwidth, user));
}

void NodeTopology::add_from_card(std::int64_t gpu, const std::string& user, Route& route) {
  route.push_back(link(gpu_name(gpu) + ".d2h", node_.pcie.bandwidth, user));
  if (node_.pcie.gpus_per_switch > 1)
    route.push_back(link(switch_of(gpu) + ".up", node_.pcie.uplink_bandwidth, user));
}

void NodeTopology::add_crossing(std::int64_t from, std::int64_t to, const std::string& user,
                                Route& route) {
  if (from == to) return;
  route.push_back(
      link(socket_name(from) + ".to_" + socket_name(to), node_.cross_socket_bandwidth, user));
}

Route NodeTopology::cpu_memory(std::int64_t socket, const std::string& user) {
  const SocketSpec& spec = node_.sockets[static_cast<std::size_t>(socket)];
  return {link(socket_name(socket) + ".cores", spec.cpu_dram_bandwidth, user), dram(socket, user)};
}

Route NodeTopology::host_to_device(std::int64_t gpu, const std::string& user) {
  Route route{dram(socket_of(gpu), user)};
  add_to_card(gpu, user, route);
  return route;
}

Route NodeTopology::device_to_host(std::int64_t gpu, const std::string& user) {
  Route route;
  add_from_card(gpu, user, route);
  route.push_back(dram(socket_of(gpu), user));
  return route;
}

Route NodeTopology::ssd_to_host(const std::string& user) {
  HEADROOM_CHECK(node_.ssd.has_value(), "the node has an SSD");
  return {link("ssd.read", node_.ssd->read_rate(), user), dram(kSsdSocket, user)};
}

Route NodeTopology::host_to_ssd(const std::string& user) {
  HEADROOM_CHECK(node_.ssd.has_value(), "the node has an SSD");
  return {dram(kSsdSocket, user), link("ssd.write", node_.ssd->write_rate(), user)};
}

Route NodeTopology::ssd_to_device(std::int64_t gpu, const std::string& user) {
  HEADROOM_CHECK(node_.ssd.has_value(), "the node has an SSD");
  Route route{link("ssd.read", node_.ssd->read_rate(), user)};
  add_crossing(kSsdSocket, socket_of(gpu), user, route);
  if (!node_.gpu_direct_storage) route.push_back(dram(socket_of(gpu), user));
  add_to_card(gpu, user, route);
  return route;
}

Route NodeTopology::device_to_ssd(std::int64_t gpu, const std::string& user) {
  HEADROOM_CHECK(node_.ssd.has_value(), "the node has an SSD");
  Route route;
  add_from_card(gpu, user, route);
  if (!node_.gpu_direct_storage) route.push_back(dram(socket_of(gpu), user));
  add_crossing(socket_of(gpu), kSsdSocket, user, route);
  route.push_back(link("ssd.write", node_.ssd->write_rate(), user));
  return route;
}

Route NodeTopology::device_to_device(std::int64_t from, std::int64_t to, const std::string& user) {
  HEADROOM_CHECK(from != to, "a GPU sends to another, not to itself: ", from);
  if (node_.nvlink_bandwidth.value > 0)
    return {link(gpu_name(from) + ".nvlink_out", node_.nvlink_bandwidth, user),
            link(gpu_name(to) + ".nvlink_in", node_.nvlink_bandwidth, user)};
  if (node_.pcie.gpus_per_switch > 1 && switch_of(from) == switch_of(to))
    return {link(gpu_name(from) + ".d2h", node_.pcie.bandwidth, user),
            link(gpu_name(to) + ".h2d", node_.pcie.bandwidth, user)};
  Route route;
  add_from_card(from, user, route);
  add_crossing(socket_of(from), socket_of(to), user, route);
  add_to_card(to, user, route);
  return route;
}

}  // namespace headroom
