// policies/expert_cache/offline_optimal.hpp -- the most hits that any cache could have had on the
// uses a run has seen: what a policy is measured against (`cache_stat.offline_optimal_hits`).
#pragma once

#include <cstdint>
#include <vector>

#include "policies/expert_cache/expert_cache.hpp"

namespace headroom {

// Remembers the uses of a run, up to kMostUses of them (4 bytes each).
class UseHistory {
 public:
  static constexpr std::size_t kMostUses = std::size_t{1} << 24;

  explicit UseHistory(std::int64_t keys) : keys_(keys) {}

  // Starts a group: the experts that one layer of one pass needs. They are needed together, so
  // their order within the group does not count.
  void begin_group();
  void add(ExpertKey key);

  // Hits of the optimal policy that could load `capacity` experts before the first use; negative
  // when there were more uses than are remembered.
  std::int64_t optimal_hits(std::int64_t capacity) const;

 private:
  std::int64_t keys_;
  std::vector<ExpertKey> uses_;  // the first of a group has kGroupStart set
  static constexpr ExpertKey kGroupStart = ExpertKey{1} << 31;
  bool at_group_start_ = true;
  bool overflowed_ = false;
};

}  // namespace headroom
