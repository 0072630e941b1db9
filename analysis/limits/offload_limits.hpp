// analysis/limits/offload_limits.hpp -- what a node would allow whose GPU memory does not hold
// everything: the bounds of analysis/limits/limits.hpp with weights, KV cache and experts where the
// scenario puts them, and the published models of the system it names.
//
// Bounds hold for every schedule of that system: the largest over resources of the work that its
// placement leaves no choice about / what the resource can do. Passes stream what is not in HBM
// once each, and there are as many as the longest output has tokens, as KV memory forces (KV tokens
// held, summed over passes / KV tokens there is room for) and as the engine's batch limits force.
// A system that may choose (experts on CPU or GPU, what an expert cache holds) is bounded by its
// best choice. Published models are rows for comparison and bound nothing.
#pragma once

#include "analysis/limits/limits.hpp"
#include "hwmodels/memory/node_spec.hpp"
#include "policies/execution/execution_config.hpp"

namespace headroom {

struct OffloadLimitsInput {
  LimitsInput serving;  // `kv_blocks` of the tiers that hold the KV cache (offload_capacity)
  const NodeSpec& node;
  const ExecutionConfig& system;
};

// `binding_resource` is one of the names of resource_bounds.hpp or "offered_load". `hardware_bound`
// is the tightest resource alone. `ideal_compute_s` and `ideal_hbm_s` are those of the GPUs, for
// the ledger. Rows hold the bounds, what must grow, and the models of the named system.
Limits compute_offload_limits(const OffloadLimitsInput& input);

}  // namespace headroom
