// policies/execution/expert_offload_graph.hpp -- the operations of one layer of expert_offload.
// Slots that a configuration does not need are not in its graph.
#pragma once

#include <optional>
#include <vector>

#include "hwmodels/memory/node_topology.hpp"
#include "policies/execution/execution_config.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/graph/op_graph.hpp"

namespace headroom {

struct ExpertOffloadGraph {
  OpGraph graph;
  std::vector<Processor> processors;

  std::optional<SlotIndex> kv_in, kv_in_ssd, kv_out, kv_out_ssd;
  SlotIndex attention = 0;  // and everything before the experts, router included
  // compute: cpu
  std::optional<SlotIndex> activations_out, activations_in;
  std::vector<SlotIndex> cpu_experts;  // by socket
  // compute: gpu
  std::vector<SlotIndex> fetch, fetch_ssd, fetched_experts;  // by fetch group
  // Fetches of the layer `prefetch_lead` later; prefetched_experts are this layer's.
  std::optional<SlotIndex> prefetch, prefetch_ssd, prefetched_experts;
  SlotIndex resident_experts = 0;  // and shared experts or a dense MLP
  SlotIndex layer_end = 0;         // the experts' sum is there; LM head after the last layer
};

ExpertOffloadGraph make_expert_offload_graph(const ExecutionConfig& config, const NodeSpec& node);

}  // namespace headroom
