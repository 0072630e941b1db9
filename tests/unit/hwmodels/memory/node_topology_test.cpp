#include "hwmodels/memory/node_topology.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

using Names = std::vector<std::string>;

Names names_of(const NodeTopology& topology, const Route& route) {
  Names names;
  for (const auto index : route) names.push_back(topology.links().at(index).name);
  return names;
}

double bandwidth_of(const NodeTopology& topology, const std::string& name) {
  for (const auto& link : topology.links())
    if (link.name == name) return link.bandwidth.value;
  return -1;
}

// Sockets of 200 GB/s of DRAM, cores that draw 150; PCIe 25, switches 30, between sockets 60; two
// SSDs that read 7 and write 4 GB/s each.
NodeSpec node_of(std::int64_t gpus, std::size_t sockets) {
  NodeSpec node;
  node.gpus = gpus;
  SocketSpec socket;
  socket.dram_bandwidth = BytesPerSecond{200e9};
  socket.cpu_dram_bandwidth = BytesPerSecond{150e9};
  node.sockets.assign(sockets, socket);
  node.cross_socket_bandwidth = BytesPerSecond{60e9};
  node.pcie.bandwidth = BytesPerSecond{25e9};
  node.pcie.uplink_bandwidth = BytesPerSecond{30e9};
  SsdSpec ssd;
  ssd.read_bandwidth = BytesPerSecond{7e9};
  ssd.write_bandwidth = BytesPerSecond{4e9};
  ssd.count = 2;
  node.ssd = ssd;
  return node;
}

TEST_CASE("a copy between host and device crosses DRAM and the card's own direction",
          "[hwmodels][memory]") {
  NodeTopology topology(node_of(1, 1));
  CHECK(names_of(topology, topology.host_to_device(0, "w")) == Names{"socket0.dram", "gpu0.h2d"});
  CHECK(names_of(topology, topology.device_to_host(0, "kv")) == Names{"gpu0.d2h", "socket0.dram"});
  // DRAM is the same link for both and for every user.
  CHECK(topology.links().size() == 3);
  CHECK(bandwidth_of(topology, "socket0.dram") == 200e9);
  CHECK(bandwidth_of(topology, "gpu0.h2d") == 25e9);
  CHECK(bandwidth_of(topology, "gpu0.d2h") == 25e9);
}

TEST_CASE("CPU kernels are capped by what the cores draw and share the DRAM with copies",
          "[hwmodels][memory]") {
  NodeTopology topology(node_of(1, 1));
  CHECK(names_of(topology, topology.cpu_memory(0, "attention")) ==
        Names{"socket0.cores", "socket0.dram"});
  CHECK(bandwidth_of(topology, "socket0.cores") == 150e9);
  const Route copy = topology.host_to_device(0, "weights");
  CHECK(copy.front() == topology.cpu_memory(0, "attention").back());
}

TEST_CASE("an SSD load goes through DRAM or straight to the card", "[hwmodels][memory]") {
  NodeSpec node = node_of(1, 1);
  NodeTopology staged(node);
  CHECK(names_of(staged, staged.ssd_to_host("w")) == Names{"ssd.read", "socket0.dram"});
  CHECK(names_of(staged, staged.host_to_ssd("kv")) == Names{"socket0.dram", "ssd.write"});
  CHECK(names_of(staged, staged.ssd_to_device(0, "w")) ==
        Names{"ssd.read", "socket0.dram", "gpu0.h2d"});
  CHECK(names_of(staged, staged.device_to_ssd(0, "kv")) ==
        Names{"gpu0.d2h", "socket0.dram", "ssd.write"});
  CHECK(bandwidth_of(staged, "ssd.read") == 14e9);  // two drives of 7
  CHECK(bandwidth_of(staged, "ssd.write") == 8e9);  // two drives of 4
  node.gpu_direct_storage = true;
  NodeTopology direct(node);
  CHECK(names_of(direct, direct.ssd_to_device(0, "w")) == Names{"ssd.read", "gpu0.h2d"});
  CHECK(names_of(direct, direct.device_to_ssd(0, "kv")) == Names{"gpu0.d2h", "ssd.write"});
}

TEST_CASE("an SSD link carries no more than the requests of the drives", "[hwmodels][memory]") {
  NodeSpec node = node_of(1, 1);
  node.ssd->read_iops = PerSecond{100'000};
  node.ssd->request_size = Bytes{16'384};
  NodeTopology topology(node);
  topology.ssd_to_host("kv");
  // 2 drives x 100,000 /s x 16,384 B.
  CHECK(bandwidth_of(topology, "ssd.read") == 2 * 100'000 * 16'384.0);
}

TEST_CASE("GPUs are spread over the sockets in order", "[hwmodels][memory]") {
  const auto sockets_of = [](std::int64_t gpus, std::size_t sockets) {
    const NodeTopology topology(node_of(gpus, sockets));
    std::vector<std::int64_t> result;
    for (std::int64_t gpu = 0; gpu < gpus; ++gpu) result.push_back(topology.socket_of(gpu));
    return result;
  };
  using Sockets = std::vector<std::int64_t>;
  CHECK(sockets_of(1, 2) == Sockets{0});
  CHECK(sockets_of(2, 2) == Sockets{0, 1});
  CHECK(sockets_of(4, 2) == Sockets{0, 0, 1, 1});
  CHECK(sockets_of(3, 2) == Sockets{0, 0, 1});
  CHECK(sockets_of(4, 1) == Sockets{0, 0, 0, 0});
}

TEST_CASE("what a GPU reads from DRAM is pinned on its own socket", "[hwmodels][memory]") {
  NodeTopology topology(node_of(2, 2));
  CHECK(names_of(topology, topology.host_to_device(1, "w")) == Names{"socket1.dram", "gpu1.h2d"});
  CHECK(names_of(topology, topology.device_to_host(1, "w")) == Names{"gpu1.d2h", "socket1.dram"});
}

TEST_CASE("an SSD load for a GPU of the other socket crosses between the sockets",
          "[hwmodels][memory]") {
  NodeSpec node = node_of(2, 2);
  NodeTopology topology(node);
  CHECK(names_of(topology, topology.ssd_to_device(0, "w")) ==
        Names{"ssd.read", "socket0.dram", "gpu0.h2d"});
  CHECK(names_of(topology, topology.ssd_to_device(1, "w")) ==
        Names{"ssd.read", "socket0.to_socket1", "socket1.dram", "gpu1.h2d"});
  CHECK(names_of(topology, topology.device_to_ssd(1, "kv")) ==
        Names{"gpu1.d2h", "socket1.dram", "socket1.to_socket0", "ssd.write"});
  CHECK(bandwidth_of(topology, "socket0.to_socket1") == 60e9);
  CHECK(bandwidth_of(topology, "socket1.to_socket0") == 60e9);
  node.gpu_direct_storage = true;
  NodeTopology direct(node);
  CHECK(names_of(direct, direct.ssd_to_device(1, "w")) ==
        Names{"ssd.read", "socket0.to_socket1", "gpu1.h2d"});
}

TEST_CASE("GPUs behind one switch share its uplink and those of two switches do not",
          "[hwmodels][memory]") {
  NodeSpec node = node_of(4, 1);
  node.pcie.gpus_per_switch = 2;
  NodeTopology topology(node);
  CHECK(names_of(topology, topology.host_to_device(1, "w")) ==
        Names{"socket0.dram", "socket0.switch0.down", "gpu1.h2d"});
  CHECK(names_of(topology, topology.device_to_host(3, "w")) ==
        Names{"gpu3.d2h", "socket0.switch1.up", "socket0.dram"});
  CHECK(topology.host_to_device(0, "w")[1] == topology.host_to_device(1, "w")[1]);
  CHECK(topology.host_to_device(1, "w")[1] != topology.host_to_device(2, "w")[1]);
  CHECK(bandwidth_of(topology, "socket0.switch0.down") == 30e9);
  CHECK(bandwidth_of(topology, "socket0.switch1.up") == 30e9);
}

TEST_CASE("a switch belongs to one socket even where the counts do not divide",
          "[hwmodels][memory]") {
  // Three GPUs on each socket in switches of two: 0 1 | 2 and 3 4 | 5.
  NodeSpec node = node_of(6, 2);
  node.pcie.gpus_per_switch = 2;
  NodeTopology topology(node);
  const auto switch_of = [&](std::int64_t gpu) {
    return names_of(topology, topology.host_to_device(gpu, "w"))[1];
  };
  CHECK(switch_of(1) == "socket0.switch0.down");
  CHECK(switch_of(2) == "socket0.switch1.down");
  CHECK(switch_of(3) == "socket1.switch0.down");
  CHECK(switch_of(4) == "socket1.switch0.down");
  CHECK(switch_of(5) == "socket1.switch1.down");
}

TEST_CASE("GPUs talk over NVLink where there is one", "[hwmodels][memory]") {
  NodeSpec node = node_of(4, 2);
  node.nvlink_bandwidth = BytesPerSecond{450e9};
  NodeTopology topology(node);
  CHECK(names_of(topology, topology.device_to_device(0, 3, "ring")) ==
        Names{"gpu0.nvlink_out", "gpu3.nvlink_in"});
  CHECK(bandwidth_of(topology, "gpu0.nvlink_out") == 450e9);
}

TEST_CASE("without NVLink they go up and down the PCIe tree as far as needed",
          "[hwmodels][memory]") {
  NodeSpec node = node_of(8, 2);
  node.pcie.gpus_per_switch = 2;
  NodeTopology topology(node);
  CHECK(names_of(topology, topology.device_to_device(0, 1, "ring")) ==
        Names{"gpu0.d2h", "gpu1.h2d"});
  CHECK(names_of(topology, topology.device_to_device(1, 2, "ring")) ==
        Names{"gpu1.d2h", "socket0.switch0.up", "socket0.switch1.down", "gpu2.h2d"});
  CHECK(names_of(topology, topology.device_to_device(3, 4, "ring")) ==
        Names{"gpu3.d2h", "socket0.switch1.up", "socket0.to_socket1", "socket1.switch0.down",
              "gpu4.h2d"});
  CHECK_THROWS_AS(topology.device_to_device(2, 2, "ring"), InternalError);
  NodeTopology plain(node_of(4, 2));
  CHECK(names_of(plain, plain.device_to_device(0, 1, "ring")) == Names{"gpu0.d2h", "gpu1.h2d"});
  CHECK(names_of(plain, plain.device_to_device(1, 2, "ring")) ==
        Names{"gpu1.d2h", "socket0.to_socket1", "gpu2.h2d"});
}

TEST_CASE("all traffic between the GPUs of two sockets shares the one link between them",
          "[hwmodels][memory]") {
  // So the bisection bandwidth is 60 GB/s, and not the 4 x 25 GB/s of the cards.
  NodeTopology topology(node_of(8, 2));
  const GraphLinkIndex crossing = topology.device_to_device(0, 4, "a")[1];
  for (std::int64_t from = 0; from < 4; ++from)
    for (std::int64_t to = 4; to < 8; ++to)
      CHECK(topology.device_to_device(from, to, "a")[1] == crossing);
  CHECK(topology.links()[crossing].bandwidth.value == 60e9);
}

TEST_CASE("without sharing every user has links of its own", "[hwmodels][memory]") {
  NodeSpec node = node_of(1, 1);
  node.shared_links = false;
  NodeTopology topology(node);
  CHECK(names_of(topology, topology.host_to_device(0, "weights")) ==
        Names{"socket0.dram/weights", "gpu0.h2d/weights"});
  CHECK(names_of(topology, topology.host_to_device(0, "kv")) ==
        Names{"socket0.dram/kv", "gpu0.h2d/kv"});
  CHECK(topology.links().size() == 4);
  CHECK(bandwidth_of(topology, "gpu0.h2d/kv") == 25e9);
  // The same user asks again.
  CHECK(topology.host_to_device(0, "kv") == Route{2, 3});
  CHECK(topology.links().size() == 4);
}

TEST_CASE("a node without an SSD has no route to one", "[hwmodels][memory]") {
  NodeSpec node = node_of(1, 1);
  node.ssd.reset();
  NodeTopology topology(node);
  CHECK_THROWS_AS(topology.ssd_to_host("w"), InternalError);
  CHECK_THROWS_AS(topology.ssd_to_device(0, "w"), InternalError);
}

}  // namespace
}  // namespace headroom
