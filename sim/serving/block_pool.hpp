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

  BlockId allocate();                    // Pre: free_blocks() > 0. A cached content it held is forgotten.
  void add_reference(BlockId block);     // takes it off the free list if it lay there
  bool is_free(BlockId block) const { return references_[block] == 0; }
  std::uint32_t references(BlockId block) const { return references_[block]; }
  // Drops one reference of each, in the given order (a request frees its chain from the back); null ids are skipped.
  void release(const BlockId* begin, const BlockId* end);

  PrefixIndex& index() { return index_; }
  const PrefixIndex& index() const { return index_; }
  std::vector<BlockId> free_list() const;  // head first; for tests

 private:
  void link_between(BlockId block, BlockId before, BlockId after);
  void unlink(BlockId block);

  std::int64_t usable_;
  std::int64_t free_;
  std::int64_t peak_used_ = 0;
  std::int64_t evictions_ = 0;
  FreeOrder order_;
  std::vector<std::uint32_t> references_;
  std::vector<BlockId> next_, previous_;  // circular list through the sentinel 0
  PrefixIndex index_;
};

}  // namespace headroom
