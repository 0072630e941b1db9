// sim/scenario/offload_capacity.hpp -- the memories of a node under a system that moves weights, KV
// or experts: what each holds, and how many KV blocks there are. The counterpart of kv_capacity.hpp
// for scenarios with `system:`; rules in policies/execution/tier_demand.hpp.
#pragma once

#include <array>
#include <cstdint>

#include "policies/execution/tier_demand.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

struct OffloadCapacity {
  // With all blocks of the KV cache.
  TierDemand tiers;
  std::array<Bytes, kTiers> memory{};  // whole; `tiers.capacity` is what may be used of it
  std::int64_t kv_blocks = 0;  // usable, of serving.block_size tokens, over all groups of layers
  std::int64_t kv_tokens = 0;
};

// Pre: scenario.offload, and it was loaded (so that everything fits). Never throws.
OffloadCapacity offload_capacity(const Scenario& scenario);

// What tier_demand needs to know of a scenario, for searches that vary the system. `model` is that
// of one rank and outlives the result, as does the scenario. Pre: scenario.offload.
TierDemandInput tier_demand_input(const Scenario& scenario, const LoweredModel& model);

// Tokens per pass from which the GPU computes longer than the weights take to arrive:
// C_GPU / B_IO x N_e / N_k (MoE-Lens, arXiv 2504.09345, equation 2). Dense models have N_e = N_k.
double saturation_tokens(const ModelSpec& model, const DataTypes& types, const GpuSpec& gpu,
                         BytesPerSecond host_to_device);

// Sequences that may be admitted per pass so that the KV memory is just full in steady state:
// blocks / sum over j < g of ceil((p + j) / block size), the sum being the mean over the requests.
// The first token comes out of the prefill pass, so a sequence is there for g passes (MoE-Lens sums
// j = 0..g). Lengths that vary need the mean of the sums: it is more than the sum for mean lengths.
double steady_admission_rate(std::int64_t kv_tokens, std::int64_t block_size,
                             const RequestTable& requests);

}  // namespace headroom
