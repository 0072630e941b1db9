// sim/serving/block_pool.hpp -- KV blocks of one replica: reference counts and the free list.
// Ids are 1..usable (vLLM's block 0 is the null block). Allocation takes the head of the free list; a block whose
// count falls to 0 goes to the tail, so that eviction is LRU by the time of freeing. Source: vLLM V1 block_pool.py.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/prefix_index.hpp"
#include "sim/serving/serving_config.hpp"

namespace headroom {

class BlockPool {
 public:
  BlockPool(std::int64_t usable, FreeOrder order);

  std::int64_t usable() const { return usable_; }
  std::int64_t free_blocks() const { return free_; }
  std::int64_t used_blocks() const { return usable_ - free_; }
  std::int64_t peak_used() const { return peak_used_; }
  std::int64_t evictions() const { return evictions_; }

  // Appends `count` blocks from the head of the free list. Pre: free_blocks() >= count. What they cached is forgotten.
  void allocate(std::int64_t count, std::vector<BlockId>& out);
  void add_reference(BlockId block);     // takes it off the free list if it lay there
  bool is_free(BlockId block) const { return nodes_[block].references == 0; }
  std::uint32_t references(BlockId block) const { return nodes_[block].references; }
  // Drops one reference of each, in the given order (a request frees its chain from the back); null ids are skipped.
  void release(const BlockId* begin, const BlockId* end);

  const PrefixIndex& index() const { return index_; }
  bool is_cached(BlockId block) const { return nodes_[block].cached; }
  void cache(BlockId block, std::uint64_t key);  // its content can be found under `key` until it is handed out again
  std::vector<BlockId> free_list() const;  // head first; for tests

 private:
  void link_between(BlockId block, BlockId before, BlockId after);
  void unlink(BlockId block);

  std::int64_t usable_;
  std::int64_t free_;
  std::int64_t peak_used_ = 0;
  std::int64_t evictions_ = 0;
  FreeOrder order_;
  // What every allocation and release touches, side by side. The free list is circular through the sentinel 0.
  struct Node {
    BlockId next = 0, previous = 0;
    std::uint32_t references = 0;
    bool cached = false;
  };
  std::vector<Node> nodes_;
  PrefixIndex index_;
};

}  // namespace headroom
