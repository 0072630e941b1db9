#include "hwmodels/memory/node_topology.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

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

Route NodeTopology::cpu_memory(std::int64_t socket, const std::string& user) {
  const SocketSpec& spec = node_.sockets[static_cast<std::size_t>(socket)];
  const std::string name = socket_name(socket);
  return {link(name + ".cores", spec.cpu_dram_bandwidth, user),
          link(name + ".dram", spec.dram_bandwidth, user)};
}

Route NodeTopology::host_to_device(std::int64_t gpu, const std::string& user) {
  const std::int64_t socket = socket_of(gpu);
  const SocketSpec& spec = node_.sockets[static_cast<std::size_t>(socket)];
  Route route{link(socket_name(socket) + ".dram", spec.dram_bandwidth, user)};
  const std::int64_t per_switch = node_.pcie.gpus_per_switch;
  if (per_switch > 1)
    route.push_back(link("switch" + std::to_string(gpu / per_switch) + ".down",
                         node_.pcie.uplink_bandwidth, user));
  route.push_back(link(gpu_name(gpu) + ".h2d", node_.pcie.bandwidth, user));
  return route;
}

Route NodeTopology::device_to_host(std::int64_t gpu, const std::string& user) {
  const std::int64_t socket = socket_of(gpu);
  const SocketSpec& spec = node_.sockets[static_cast<std::size_t>(socket)];
  Route route{link(gpu_name(gpu) + ".d2h", node_.pcie.bandwidth, user)};
  const std::int64_t per_switch = node_.pcie.gpus_per_switch;
  if (per_switch > 1)
    route.push_back(link("switch" + std::to_string(gpu / per_switch) + ".up",
                         node_.pcie.uplink_bandwidth, user));
  route.push_back(link(socket_name(socket) + ".dram", spec.dram_bandwidth, user));
  return route;
}

Route NodeTopology::ssd_to_host(const std::string& user) {
  HEADROOM_CHECK(node_.ssd.has_value(), "the node has an SSD");
  const double count = static_cast<double>(node_.ssd->count);
  return {link("ssd.read", node_.ssd->read_bandwidth * count, user),
          link("socket0.dram", node_.sockets.front().dram_bandwidth, user)};
}

Route NodeTopology::host_to_ssd(const std::string& user) {
  HEADROOM_CHECK(node_.ssd.has_value(), "the node has an SSD");
  const double count = static_cast<double>(node_.ssd->count);
  return {link("socket0.dram", node_.sockets.front().dram_bandwidth, user),
          link("ssd.write", node_.ssd->write_bandwidth * count, user)};
}

Route NodeTopology::ssd_to_device(std::int64_t gpu, const std::string& user) {
  Route route{ssd_to_host(user).front()};
  Route onward = host_to_device(gpu, user);
  const bool direct = node_.gpu_direct_storage;
  route.insert(route.end(), onward.begin() + (direct ? 1 : 0), onward.end());
  return route;
}

Route NodeTopology::device_to_ssd(std::int64_t gpu, const std::string& user) {
  Route route = device_to_host(gpu, user);
  if (node_.gpu_direct_storage) route.pop_back();
  route.push_back(host_to_ssd(user).back());
  return route;
}

Route NodeTopology::device_to_device(std::int64_t from, std::int64_t to, const std::string& user) {
  if (node_.nvlink_bandwidth.value > 0)
    return {link(gpu_name(from) + ".nvlink_out", node_.nvlink_bandwidth, user),
            link(gpu_name(to) + ".nvlink_in", node_.nvlink_bandwidth, user)};
  return {link(gpu_name(from) + ".d2h", node_.pcie.bandwidth, user),
          link(gpu_name(to) + ".h2d", node_.pcie.bandwidth, user)};
}

}  // namespace headroom
