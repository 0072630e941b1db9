#include "sim/serving/block_pool.hpp"

#include <algorithm>
#include <bit>

#include "sim/base/check.hpp"

namespace headroom {

namespace {

constexpr BlockId kAnyBlock = 1;

}  // namespace

BlockPool::BlockPool(std::int64_t usable, FreeOrder order, Identity identity)
    : usable_(usable),
      free_(usable),
      order_(order),
      identity_(identity),
      index_(identity == Identity::kById ? usable : 0) {
  if (counts_only()) return;
  const auto n = static_cast<std::size_t>(usable) + 1;
  nodes_.resize(n);
  // Twice the blocks: every second entry can be stale before it is swept.
  ring_.resize(std::bit_ceil(2 * n));
  mask_ = ring_.size() - 1;
  for (std::size_t i = 1; i < n; ++i) at(tail_++) = {static_cast<BlockId>(i), 0};
}

void BlockPool::sweep() {
  std::uint64_t kept = head_;
  for (std::uint64_t i = head_; i != tail_; ++i)
    if (is_valid(at(i))) at(kept++) = at(i);
  tail_ = kept;
}

void BlockPool::allocate(std::int64_t count, std::vector<BlockId>& out) {
  if (counts_only()) {
    take(count);
    out.insert(out.end(), static_cast<std::size_t>(count), kAnyBlock);
    return;
  }
  HEADROOM_CHECK(count <= free_, "enough blocks are free: ", count, " of ", free_);
  constexpr std::uint64_t kAhead =
      8;  // long enough to hide a miss, short enough to stay in the caches
  for (std::int64_t i = 0; i < count;) {
    const Entry later = at(head_ + kAhead);  // may be stale or past the tail: only a hint
    if (nodes_[later.block].cached) index_.expect_removal(later.block);
    const Entry entry = at(head_++);
    if (!is_valid(entry)) continue;
    Node& node = nodes_[entry.block];
    if (node.cached) {
      index_.remove(entry.block);
      node.cached = false;
      ++evictions_;
    }
    node.references = 1;
    out.push_back(entry.block);
    ++i;
  }
  free_ -= count;
  peak_used_ = std::max(peak_used_, used_blocks());
}

void BlockPool::give_back(std::int64_t count) {
  HEADROOM_CHECK(counts_only(), "blocks with ids are released by them");
  free_ += count;
  HEADROOM_CHECK(free_ <= usable_, "no more blocks are released than were taken");
}

void BlockPool::add_reference(BlockId block) {
  if (nodes_[block].references++ == 0) {
    --free_;
    peak_used_ = std::max(peak_used_, used_blocks());
  }
}

void BlockPool::cache(BlockId block, std::uint64_t key) {
  index_.insert(key, block);
  nodes_[block].cached = true;
}

void BlockPool::release(const BlockId* begin, const BlockId* end) {
  if (counts_only()) {
    give_back(std::count(begin, end, kAnyBlock));
    return;
  }
  if (tail_ - head_ + static_cast<std::uint64_t>(end - begin) > ring_.size()) sweep();
  const auto goes_to_head = [this](BlockId block) {
    return order_ == FreeOrder::kUnhashedFirst && !nodes_[block].cached;
  };
  if (order_ == FreeOrder::kUnhashedFirst)
    head_ -= static_cast<std::uint64_t>(std::count_if(begin, end, [&](BlockId block) {
      return block != 0 && nodes_[block].references == 1 && goes_to_head(block);
    }));
  std::uint64_t next_at_head = head_;  // those put at the head keep their order
  for (const BlockId* it = begin; it != end; ++it) {
    const BlockId block = *it;
    if (block == 0) continue;
    Node& node = nodes_[block];
    HEADROOM_CHECK(node.references > 0, "block ", block, " is referenced when it is released");
    if (--node.references != 0) continue;
    ++free_;
    at(goes_to_head(block) ? next_at_head++ : tail_++) = {block, ++node.stamp};
  }
}

std::vector<BlockId> BlockPool::free_list() const {
  std::vector<BlockId> list;
  for (std::uint64_t i = head_; i != tail_; ++i)
    if (is_valid(at(i))) list.push_back(at(i).block);
  return list;
}

}  // namespace headroom
