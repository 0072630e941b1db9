// policies/execution/tier_demand.hpp -- what a system needs in each memory of the node, found
// before anything runs: weights, KV cache, activations and buffers by tier, against the capacities.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hwmodels/memory/node_spec.hpp"
#include "policies/execution/execution_config.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

struct TierUse {
  Tier tier = Tier::kGpu;
  std::string used_by;  // "weights", "kv_cache", "activations", "weight_buffers", "workspace"
  Bytes bytes{0};
};

struct TierDemandInput {
  const LoweredModel& model;
  const ExecutionConfig& config;
  const NodeSpec& node;
  Bytes gpu_capacity{0};       // of one GPU
  std::int64_t sequences = 0;  // held at once
  std::int64_t max_prompt_tokens = 0;
  std::int64_t max_output_tokens = 0;
  std::int64_t tokens_per_pass = 0;  // largest pass: activations and workspace
  std::int64_t block_size = 1;       // tokens of a KV block
};

struct TierDemand {
  std::vector<TierUse> uses;             // every tier's, in order; zero uses left out
  std::array<Bytes, kTiers> capacity{};  // 0: the node has no such tier
  Bytes total(Tier tier) const;
  // KV tokens that the tiers hold beside everything else (the smallest over tiers with a share).
  std::int64_t kv_token_capacity = 0;
  // One line per tier that is too small, with what does not fit and the smallest change that would;
  // empty: everything fits.
  std::vector<std::string> problems;
};

TierDemand tier_demand(const TierDemandInput& input);

}  // namespace headroom
