#include "sim/serving/block_pool.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {

BlockPool::BlockPool(std::int64_t usable, FreeOrder order)
    : usable_(usable), free_(usable), order_(order), index_(usable) {
  const auto n = static_cast<std::size_t>(usable) + 1;
  references_.resize(n);
  next_.resize(n);
  previous_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    next_[i] = static_cast<BlockId>((i + 1) % n);
    previous_[i] = static_cast<BlockId>((i + n - 1) % n);
  }
}

void BlockPool::link_between(BlockId block, BlockId before, BlockId after) {
  previous_[block] = before;
  next_[block] = after;
  next_[before] = block;
  previous_[after] = block;
}

void BlockPool::unlink(BlockId block) {
  next_[previous_[block]] = next_[block];
  previous_[next_[block]] = previous_[block];
}

BlockId BlockPool::allocate() {
  const BlockId block = next_[0];
  HEADROOM_CHECK(block != 0, "a free block is left when one is allocated");
  unlink(block);
  if (index_.has_key(block)) {
    index_.remove(block);
    ++evictions_;
  }
  references_[block] = 1;
  --free_;
  peak_used_ = std::max(peak_used_, used_blocks());
  return block;
}

void BlockPool::add_reference(BlockId block) {
  if (references_[block]++ == 0) {
    unlink(block);
    --free_;
    peak_used_ = std::max(peak_used_, used_blocks());
  }
}

void BlockPool::release(const BlockId* begin, const BlockId* end) {
  BlockId head_end = 0;  // last of those put at the head in this call, so that they keep their order
  for (const BlockId* it = begin; it != end; ++it) {
    const BlockId block = *it;
    if (block == 0) continue;
    HEADROOM_CHECK(references_[block] > 0, "block ", block, " is referenced when it is released");
    if (--references_[block] != 0) continue;
    ++free_;
    if (order_ == FreeOrder::kUnhashedFirst && !index_.has_key(block)) {
      link_between(block, head_end, next_[head_end]);
      head_end = block;
    } else {
      link_between(block, previous_[0], 0);
    }
  }
}

std::vector<BlockId> BlockPool::free_list() const {
  std::vector<BlockId> list;
  for (BlockId block = next_[0]; block != 0; block = next_[block]) list.push_back(block);
  return list;
}

}  // namespace headroom
