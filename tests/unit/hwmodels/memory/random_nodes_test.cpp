#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "hwmodels/memory/node_topology.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

NodeSpec random_node(RandomStream& random) {
  const auto rate = [&random](double low, double high) {
    return BytesPerSecond{random.uniform(low, high)};
  };
  NodeSpec node;
  node.gpus = random.uniform_int(1, 8);
  for (std::int64_t i = random.uniform_int(1, 2); i > 0; --i) {
    SocketSpec socket;
    socket.dram_bandwidth = rate(20e9, 600e9);
    socket.cpu_dram_bandwidth = rate(10e9, socket.dram_bandwidth.value);
    node.sockets.push_back(socket);
  }
  node.cross_socket_bandwidth = rate(10e9, 100e9);
  node.pcie.bandwidth = rate(4e9, 60e9);
  node.pcie.gpus_per_switch = random.uniform_int(1, 4);
  node.pcie.uplink_bandwidth = rate(4e9, 60e9);
  if (random.uniform() < 0.3) node.nvlink_bandwidth = rate(50e9, 900e9);
  SsdSpec ssd;
  ssd.read_bandwidth = rate(1e9, 14e9);
  ssd.write_bandwidth = rate(1e9, 7e9);
  ssd.count = random.uniform_int(1, 4);
  if (random.uniform() < 0.5) {
    ssd.read_iops = PerSecond{random.uniform(1e4, 1e6)};
    ssd.request_size = Bytes{random.uniform(512, 1e6)};
  }
  node.ssd = ssd;
  node.gpu_direct_storage = random.uniform() < 0.5;
  return node;
}

struct NamedRoute {
  std::string what;
  Route route;
  double at_most;  // the narrowest that the data sheets alone allow
};

std::vector<NamedRoute> all_routes(NodeTopology& topology, const std::string& user) {
  const NodeSpec& node = topology.node();
  const double pcie = node.pcie.bandwidth.value, read = node.ssd->read_bandwidth.value,
               write = node.ssd->write_bandwidth.value;
  const double drives = static_cast<double>(node.ssd->count);
  std::vector<NamedRoute> routes{
      {"ssd to host", topology.ssd_to_host(user), read * drives},
      {"host to ssd", topology.host_to_ssd(user), write * drives},
  };
  for (std::size_t s = 0; s < node.sockets.size(); ++s)
    routes.push_back({"cores", topology.cpu_memory(static_cast<std::int64_t>(s), user),
                      node.sockets[s].cpu_dram_bandwidth.value});
  for (std::int64_t gpu = 0; gpu < node.gpus; ++gpu) {
    const auto socket = static_cast<std::size_t>(topology.socket_of(gpu));
    const double dram = node.sockets[socket].dram_bandwidth.value;
    routes.push_back({"h2d", topology.host_to_device(gpu, user), std::min(pcie, dram)});
    routes.push_back({"d2h", topology.device_to_host(gpu, user), std::min(pcie, dram)});
    routes.push_back({"load", topology.ssd_to_device(gpu, user), std::min(pcie, read * drives)});
    routes.push_back({"store", topology.device_to_ssd(gpu, user), std::min(pcie, write * drives)});
    const std::int64_t next = (gpu + 1) % node.gpus;
    if (next == gpu) continue;
    const bool has_nvlink = node.nvlink_bandwidth.value > 0;
    routes.push_back({"ring", topology.device_to_device(gpu, next, user),
                      has_nvlink ? node.nvlink_bandwidth.value : pcie});
  }
  return routes;
}

double narrowest(const NodeTopology& topology, const Route& route) {
  double result = topology.links().at(route.front()).bandwidth.value;
  for (const auto link : route)
    result = std::min(result, topology.links().at(link).bandwidth.value);
  return result;
}

TEST_CASE("no route of a random node beats a bandwidth of its data sheets", "[hwmodels][memory]") {
  RandomStream random(7, "random nodes");
  for (int i = 0; i < 300; ++i) {
    NodeTopology topology(random_node(random));
    for (const auto& [what, route, at_most] : all_routes(topology, "a")) {
      INFO(i << ": " << what);
      CHECK(std::set<GraphLinkIndex>(route.begin(), route.end()).size() == route.size());
      CHECK(narrowest(topology, route) > 0);
      CHECK(narrowest(topology, route) <= at_most);
    }
    std::set<std::string> names;
    for (const auto& link : topology.links()) CHECK(names.insert(link.name).second);
    // Who asks for a route makes no difference while links are shared.
    const std::size_t links = topology.links().size();
    all_routes(topology, "b");
    CHECK(topology.links().size() == links);
  }
}

TEST_CASE("private links of a random node are as wide as the shared ones and have one user",
          "[hwmodels][memory]") {
  RandomStream random(8, "random nodes");
  for (int i = 0; i < 100; ++i) {
    NodeSpec node = random_node(random);
    NodeTopology shared(node);
    node.shared_links = false;
    NodeTopology own(node);
    const auto expected = all_routes(shared, "a"), first = all_routes(own, "a"),
               second = all_routes(own, "b");
    CHECK(own.links().size() == 2 * shared.links().size());
    std::set<GraphLinkIndex> of_first;
    for (std::size_t r = 0; r < first.size(); ++r) {
      CHECK(narrowest(own, first[r].route) == narrowest(shared, expected[r].route));
      CHECK(narrowest(own, second[r].route) == narrowest(shared, expected[r].route));
      of_first.insert(first[r].route.begin(), first[r].route.end());
    }
    for (const auto& [what, route, at_most] : second)
      for (const auto link : route) CHECK(of_first.count(link) == 0);
  }
}

}  // namespace
}  // namespace headroom
