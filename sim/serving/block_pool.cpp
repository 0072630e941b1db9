#include "sim/serving/block_pool.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {

BlockPool::BlockPool(std::int64_t usable, FreeOrder order)
    : usable_(usable), free_(usable), order_(order), index_(usable) {
  const auto n = static_cast<std::size_t>(usable) + 1;
  nodes_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    nodes_[i].next = static_cast<BlockId>((i + 1) % n);
    nodes_[i].previous = static_cast<BlockId>((i + n - 1) % n);
  }
}

void BlockPool::link_between(BlockId block, BlockId before, BlockId after) {
  nodes_[block].previous = before;
  nodes_[block].next = after;
  nodes_[before].next = block;
  nodes_[after].previous = block;
}

void BlockPool::unlink(BlockId block) {
  const Node& node = nodes_[block];
  nodes_[node.previous].next = node.next;
  nodes_[node.next].previous = node.previous;
}

void BlockPool::allocate(std::int64_t count, std::vector<BlockId>& out) {
  HEADROOM_CHECK(count <= free_, "enough blocks are free: ", count, " of ", free_);
  BlockId block = nodes_[0].next;
  for (std::int64_t i = 0; i < count; ++i) {
    Node& node = nodes_[block];
    if (node.cached) {
      index_.remove(block);
      node.cached = false;
      ++evictions_;
    }
    node.references = 1;
    out.push_back(block);
    block = node.next;
  }
  nodes_[0].next = block;
  nodes_[block].previous = 0;
  free_ -= count;
  peak_used_ = std::max(peak_used_, used_blocks());
}

void BlockPool::add_reference(BlockId block) {
  if (nodes_[block].references++ == 0) {
    unlink(block);
    --free_;
    peak_used_ = std::max(peak_used_, used_blocks());
  }
}

void BlockPool::cache(BlockId block, std::uint64_t key) {
  index_.insert(key, block);
  nodes_[block].cached = true;
}

void BlockPool::release(const BlockId* begin, const BlockId* end) {
  BlockId head_end = 0;  // last of those put at the head in this call, so that they keep their order
  for (const BlockId* it = begin; it != end; ++it) {
    const BlockId block = *it;
    if (block == 0) continue;
    Node& node = nodes_[block];
    HEADROOM_CHECK(node.references > 0, "block ", block, " is referenced when it is released");
    if (--node.references != 0) continue;
    ++free_;
    if (order_ == FreeOrder::kUnhashedFirst && !node.cached) {
      link_between(block, head_end, nodes_[head_end].next);
      head_end = block;
    } else {
      link_between(block, nodes_[0].previous, 0);
    }
  }
}

std::vector<BlockId> BlockPool::free_list() const {
  std::vector<BlockId> list;
  for (BlockId block = nodes_[0].next; block != 0; block = nodes_[block].next) list.push_back(block);
  return list;
}

}  // namespace headroom
