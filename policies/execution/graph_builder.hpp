// policies/execution/graph_builder.hpp -- puts an OpGraph together: streams and causes by name, and
// routes to and from all GPUs of the tensor-parallel group. Ranks work in step, so one slot stands
// for the same operation on all of them, with one part per GPU.
#pragma once

#include <string>
#include <vector>

#include "hwmodels/memory/node_topology.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/graph/op_graph.hpp"

namespace headroom {

struct BuiltGraph {
  OpGraph graph;
  std::vector<Processor> processors;
};

class GraphBuilder {
 public:
  // `ranks` GPUs of the node, from the first.
  GraphBuilder(const NodeSpec& node, std::int64_t ranks);

  // Adds the slot at the end; its stream and cause are those of the name, new ones if need be.
  SlotIndex add(const std::string& name, const std::string& stream, const char* cause,
                std::vector<SlotDependency> after, std::vector<Route> parts = {},
                Processor processor = Processor::kNone);
  // For what is added later.
  void depend(SlotIndex slot, SlotDependency on);

  std::vector<Route> to_devices(const std::string& user);
  std::vector<Route> to_host(const std::string& user);
  std::vector<Route> ssd_to_devices(const std::string& user);
  std::vector<Route> devices_to_ssd(const std::string& user);
  std::vector<Route> ring(const std::string& user);  // each GPU to the next
  // One per socket that has one of the GPUs: attention of a GPU's heads runs on its socket.
  std::vector<Route> cpu_memory(const std::string& user);
  NodeTopology& topology() { return topology_; }

  // Ranks whose CPU work the busiest socket does.
  std::int64_t ranks_per_socket() const;
  std::int64_t ranks() const { return ranks_; }

  // Checks it. `watched`: the stream whose waiting is explained.
  BuiltGraph finish(const std::string& watched);

 private:
  NodeTopology topology_;
  std::int64_t ranks_;
  BuiltGraph built_;
};

}  // namespace headroom
