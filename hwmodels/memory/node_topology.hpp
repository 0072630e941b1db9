// hwmodels/memory/node_topology.hpp -- the links of a node and the routes between its memories.
// A host-to-device copy crosses a socket's DRAM and the GPU's PCIe link, and its switch's uplink
// where GPUs share one; an SSD load crosses the SSD's read path as well, and no DRAM when the GPU
// reads it directly. Directions are separate links; DRAM is one for both.
//
// Sockets. GPUs are spread over the sockets evenly and in order: 4 GPUs on 2 sockets are 0, 1 and
// 2, 3. What a GPU reads from DRAM, and its staging buffers, are pinned on its own socket, as
// NUMA-aware engines do: no host-device copy crosses sockets. (Data that one socket's DRAM cannot
// hold does in truth; the link between sockets is wider than one card's PCIe.) SSDs hang on socket
// 0 and what is loaded from them for the host stays there; a load for a GPU of another socket
// crosses the link between the two, and so does traffic between GPUs of different sockets that is
// not on NVLink.
//
// A route counts DRAM once. An SSD load through DRAM writes and reads it; at the rate of an SSD,
// the second pass is a few percent of what DRAM carries.
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
  // NVLink ports through a switch that is never the bottleneck (or a bridge); without NVLink up and
  // down the PCIe tree as far as needed, from card to card (peer-to-peer). Pre: from != to.
  Route device_to_device(std::int64_t from, std::int64_t to, const std::string& user);

  std::int64_t socket_of(std::int64_t gpu) const;

 private:
  GraphLinkIndex link(const std::string& name, BytesPerSecond bandwidth, const std::string& user);
  GraphLinkIndex dram(std::int64_t socket, const std::string& user);
  std::string switch_of(std::int64_t gpu) const;
  // From the root port to the card and back: the switch's uplink, where there is one, and the
  // card's own link.
  void add_to_card(std::int64_t gpu, const std::string& user, Route& route);
  void add_from_card(std::int64_t gpu, const std::string& user, Route& route);
  void add_crossing(std::int64_t from, std::int64_t to, const std::string& user, Route& route);

  NodeSpec node_;
  std::vector<GraphLink> links_;
};

}  // namespace headroom
