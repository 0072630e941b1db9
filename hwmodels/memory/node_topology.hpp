// hwmodels/memory/node_topology.hpp -- the links of a node and the routes between its memories.
// A host-to-device copy crosses the socket's DRAM and the GPU's PCIe link (and its switch, and the
// socket interconnect where it has to); an SSD load crosses the SSD's read path, PCIe, and DRAM
// unless the GPU reads it directly. Directions are separate links.
#pragma once

#include <cstdint>
#include <vector>

#include "hwmodels/memory/node_spec.hpp"
#include "sim/graph/op_graph.hpp"

namespace headroom {

using Route = std::vector<GraphLinkIndex>;

class NodeTopology {
 public:
  explicit NodeTopology(const NodeSpec& node);

  const std::vector<GraphLink>& links() const { return links_; }
  const NodeSpec& node() const { return node_; }

  // Each call with a different `user` gets its own copy of every link when the node's links are not
  // shared (NodeSpec::shared_links), which adds links; `user` names a purpose, such as "weights".
  Route host_to_device(std::int64_t gpu, const std::string& user);
  Route device_to_host(std::int64_t gpu, const std::string& user);
  Route ssd_to_host(const std::string& user);
  Route host_to_ssd(const std::string& user);
  Route ssd_to_device(std::int64_t gpu, const std::string& user);
  Route device_to_ssd(std::int64_t gpu, const std::string& user);
  // CPU kernels reading and writing the DRAM of a socket: the cores' own cap, then the DRAM.
  Route cpu_memory(std::int64_t socket, const std::string& user);
  // From a GPU to its neighbour in a ring: NVLink ports, or up and down the PCIe tree.
  Route device_to_device(std::int64_t from, std::int64_t to, const std::string& user);

  std::int64_t socket_of(std::int64_t gpu) const;

 private:
  GraphLinkIndex link(const std::string& name, BytesPerSecond bandwidth, const std::string& user);

  NodeSpec node_;
  std::vector<GraphLink> links_;
};

}  // namespace headroom
