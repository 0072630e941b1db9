#include "policies/expert_cache/offline_optimal.hpp"

namespace headroom {

void UseHistory::begin_group() { at_group_start_ = true; }

void UseHistory::add(ExpertKey key) {
  if (uses_.size() == kMostUses) {
    overflowed_ = true;
    return;
  }
  uses_.push_back(at_group_start_ ? key | kGroupStart : key);
  at_group_start_ = false;
}

// Belady with bypass. Within a group those that are there are used first: their next uses are then
// known when room is made for the others.
std::int64_t UseHistory::optimal_hits(std::int64_t capacity) const {
  if (overflowed_) return -1;
  UseTime group = 0;
  for (const ExpertKey use : uses_) group += (use & kGroupStart) != 0 ? 1 : 0;
  std::vector<UseTime> following(uses_.size());
  std::vector<UseTime> next_of(static_cast<std::size_t>(keys_), kNeverUsed);
  for (std::size_t i = uses_.size(); i-- > 0;) {
    const ExpertKey key = uses_[i] & ~kGroupStart;
    following[i] = next_of[key];
    next_of[key] = group;
    if ((uses_[i] & kGroupStart) != 0) --group;
  }
  const auto cache = make_optimal_cache(keys_, capacity, next_of);
  std::int64_t hits = 0;
  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < uses_.size(); ++i) {
    const ExpertKey key = uses_[i] & ~kGroupStart;
    if (cache->contains(key)) {
      cache->access(key, following[i]);
      ++hits;
    } else {
      missing.push_back(i);
    }
    const bool group_ends = i + 1 == uses_.size() || (uses_[i + 1] & kGroupStart) != 0;
    if (!group_ends) continue;
    for (const std::size_t use : missing) cache->access(uses_[use] & ~kGroupStart, following[use]);
    missing.clear();
  }
  return hits;
}

}  // namespace headroom
