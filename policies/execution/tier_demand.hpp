// policies/execution/tier_demand.hpp -- what a system needs in each memory of the node, found
// before anything runs: weights, KV cache, activations and buffers by tier, against the capacities.
//
// What is counted is the least that the schedule cannot do without, so that what is refused could
// not have run. On the GPU: its share of the weights; room for two layers of what is streamed (one
// computed, one arriving; of FlexGen's halves of layers one each; of an expert cache two experts,
// and the experts of a token that a predictor names ahead of their layers, as far as the cache has
// no room for them), and one more where it arrives compressed; its share of the KV cache; two
// buffers of one micro-batch's KV of a layer where attention reads it there but it lives elsewhere,
// of all KV that a scheduler fills memory with where there are no micro-batches; hidden states of
// micro-batches that wait; the widest point of the largest pass with activation functions in place;
// logits of kLogitRows rows at a time. In DRAM and on SSD: their shares, in the types in which they
// are stored there, of the whole model; in DRAM also what is staged: two layers (or experts) of the
// weights that come from SSD unless DRAM caches them, two layers of a micro-batch's KV that comes
// from SSD for CPU attention, and MoE-Lightning's pinned pages of two layers. The terms are those
// of the released solvers of FlexGen (arXiv 2303.06865, experimental/cost_model.py) and
// MoE-Lightning (arXiv 2411.11217, fastmoe/backend/optimizer.py), theirs with margins on top.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "hwmodels/memory/node_spec.hpp"
#include "policies/execution/execution_config.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

inline constexpr std::int64_t kLogitRows = 1024;

struct TierUse {
  Tier tier = Tier::kGpu;
  // "weights" (of the layers), "embeddings" (and the LM head), "weight_buffers", "kv_cache",
  // "kv_buffers", "activations", "workspace", "runtime"
  std::string used_by;
  Bytes bytes{0};
};

struct TierDemandInput {
  const LoweredModel& model;  // of one rank
  const ExecutionConfig& config;
  const NodeSpec& node;
  Bytes gpu_capacity{0};              // of one GPU
  double gpu_memory_utilization = 1;  // of it: what the engine may use
  Bytes gpu_runtime{0};               // CUDA context and the like
  // Held at once: the batch of a static schedule, whose KV cache must fit whole; 1 where a
  // scheduler fills what is left. With micro-batches never more than they hold.
  std::int64_t sequences = 1;
  // What a scheduler that fills what is left runs at once at most; 0: as many as there is room for.
  std::int64_t most_sequences = 0;
  double mean_prompt_tokens = 0, mean_output_tokens = 0;
  std::int64_t max_prompt_tokens = 0, max_output_tokens = 0;
  std::int64_t tokens_per_pass = 0;  // the largest pass; with micro-batches one of them is largest
  std::int64_t block_size = 1;       // tokens of a KV block
};

// A memory that is too small.
struct TierProblem {
  // Where it stands in a scenario: "hardware.gpu", "hardware.node.dram", "hardware.node.ssd",
  // "system.kv_cache".
  std::string key;
  // What does not fit and the smallest changes that would, each sufficient by itself.
  std::string text;
};

struct TierDemand {
  std::vector<TierUse> uses;             // every tier's, in order; zero uses left out
  std::array<Bytes, kTiers> capacity{};  // 0: the node has no such tier
  // KV cache of one token, by the tiers that hold a share of it.
  std::array<Bytes, kTiers> kv_bytes_per_token{};
  // KV tokens that the tiers hold beside everything else (the smallest over tiers with a share), or
  // what system.kv_cache gives.
  std::int64_t kv_token_capacity = 0;
  double kv_tokens_short = 0;  // that system.kv_cache is too small by
  // "kv_buffers" on the GPU grow with the KV tokens held, up to so many; 0 where they do not.
  Bytes kv_buffers_per_token{0};
  double most_kv_tokens_buffered = 0;
  std::vector<TierProblem> problems;  // empty: everything fits
  bool fits(Tier tier) const;
  bool fits() const;
  Bytes total(Tier tier) const;
  Bytes used_by(Tier tier, const std::string& user) const;
  // "kv_buffers" on the GPU beside so many KV tokens, where they grow with them.
  Bytes kv_buffers(double kv_tokens) const;
};

// Never throws.
TierDemand tier_demand(const TierDemandInput& input);
// The same without looking for what would help (`problems` stays empty): for every candidate of a
// search.
TierDemand tier_uses(const TierDemandInput& input);

// `sequences`, but never more than the micro-batches hold.
std::int64_t sequences_held(const TierDemandInput& input);

// Tokens that the KV cache of these sequences takes, whole blocks each: of the longest one
// when all are padded to it, of the mean one otherwise.
double kv_tokens_needed(const TierDemandInput& input);

}  // namespace headroom
