// policies/expert_cache/expert_cache.hpp -- which experts stay in a memory that does not hold all
// of them. Pure: no clock, no sizes (all experts of a model are alike), the same object runs in a
// hit-rate replay and inside a simulation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace headroom {

// One expert of one layer: layer * experts + expert. Keys are dense from 0.
using ExpertKey = std::uint32_t;
// Some order of future uses: tokens, passes or positions in a trace.
using UseTime = std::uint64_t;
inline constexpr UseTime kNeverUsed = ~UseTime{0};

class ExpertCache {
 public:
  virtual ~ExpertCache() = default;

  // One use. True: the expert was there. False: it was not, and whether it is now is the policy's
  // choice. `next_use` is when it will be used again; only the optimal policy looks at it.
  virtual bool access(ExpertKey key, UseTime next_use = kNeverUsed) = 0;
  virtual bool contains(ExpertKey key) const = 0;
  virtual std::int64_t residents() const = 0;  // at most the capacity
  virtual std::int64_t evictions() const = 0;
};

// All: `keys` experts exist, `capacity` of them fit; 0 is allowed, and then nothing ever hits.

// Evicts the one unused for longest. Starts empty. Mixtral-offloading (arXiv 2312.17238) uses it.
std::unique_ptr<ExpertCache> make_lru_cache(std::int64_t keys, std::int64_t capacity);

// Evicts the one used least often since the start, uses while it was not resident included; among
// equals the one unused for longest. Starts empty. MoE-Infinity (arXiv 2401.14361) counts like
// this.
std::unique_ptr<ExpertCache> make_lfu_cache(std::int64_t keys, std::int64_t capacity);

// Holds `hot` from the start and never anything else (KTransformers, SOSP 2025).
std::unique_ptr<ExpertCache> make_static_cache(std::int64_t keys, std::span<const ExpertKey> hot);

// Evicts the one that is used again last, and does not take in one that is used again later than
// all it holds: the most hits of any policy (Belady, IBM Systems Journal 5(2), 1966; with bypass).
// `first_uses`, by key: it starts with those used first, as any policy could have been loaded with;
// empty: it starts empty. next_use of each access must be true. Of experts
// needed together, use those that are there first.
std::unique_ptr<ExpertCache> make_optimal_cache(std::int64_t keys, std::int64_t capacity,
                                                std::span<const UseTime> first_uses);

// The `capacity` keys of largest `use`; among equals the layers take turns, so that a hot set of
// alike experts is spread over them. Keys are layer * experts + expert.
std::vector<ExpertKey> most_used(std::span<const double> use, std::int64_t capacity,
                                 std::int64_t experts);

}  // namespace headroom
