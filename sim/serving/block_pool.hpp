// sim/serving/block_pool.hpp -- KV blocks of one replica: reference counts and the free list.
// Ids are 1..usable (vLLM's block 0 is the null block). Allocation takes the head of the free list;
// a block whose count falls to 0 goes to the tail, so that eviction is LRU by the time of freeing.
// Source: vLLM V1 block_pool.py.
//
// The list is a ring of block ids instead of links between blocks: taking many is then a sequential
// read, not a chain of cache misses (12 % of a long run). A block that is taken from the middle,
// because its content was hit, leaves its entry behind as stale; the ring is swept when it is full
// of those.
//
// Where no content is ever looked for nobody can tell one block from another. They then all have
// one id, and only their number is kept: a pool of a million blocks costs nothing to walk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/serving/prefix_index.hpp"
#include "sim/serving/serving_config.hpp"

namespace headroom {

class BlockPool {
 public:
  enum class Identity : std::uint8_t { kById, kByNumberOnly };
  BlockPool(std::int64_t usable, FreeOrder order, Identity identity = Identity::kById);

  std::int64_t usable() const { return usable_; }
  std::int64_t free_blocks() const { return free_; }
  bool counts_only() const { return identity_ == Identity::kByNumberOnly; }
  std::int64_t used_blocks() const { return usable_ - free_; }
  std::int64_t peak_used() const { return peak_used_; }
  std::int64_t evictions() const { return evictions_; }

  // Appends `count` blocks from the head of the free list. Pre: free_blocks() >= count. What they
  // cached is forgotten.
  void allocate(std::int64_t count, std::vector<BlockId>& out);
  void add_reference(BlockId block);  // takes it off the free list if it lay there
  bool is_free(BlockId block) const { return nodes_[block].references == 0; }
  std::uint32_t references(BlockId block) const { return nodes_[block].references; }
  // Where they are only counted: without their ids.
  void take(std::int64_t count) {
    HEADROOM_CHECK(counts_only() && count <= free_, "blocks are only counted, and enough are free");
    free_ -= count;
    peak_used_ = std::max(peak_used_, used_blocks());
  }
  void give_back(std::int64_t count);
  // Drops one reference of each, in the given order (a request frees its chain from the back); null
  // ids are skipped.
  void release(const BlockId* begin, const BlockId* end);

  const PrefixIndex& index() const { return index_; }
  bool is_cached(BlockId block) const { return nodes_[block].cached; }
  void cache(
      BlockId block,
      std::uint64_t key);  // its content can be found under `key` until it is handed out again
  std::vector<BlockId> free_list() const;  // head first; for tests

 private:
  struct Node {
    std::uint32_t references = 0;
    std::uint32_t stamp = 0;  // of its valid entry in the ring, while it is free
    bool cached = false;
  };
  struct Entry {
    BlockId block = 0;
    std::uint32_t stamp = 0;
  };
  bool is_valid(const Entry& entry) const {
    const Node& node = nodes_[entry.block];
    return node.references == 0 && node.stamp == entry.stamp;
  }
  Entry& at(std::uint64_t position) { return ring_[position & mask_]; }
  const Entry& at(std::uint64_t position) const { return ring_[position & mask_]; }
  void sweep();  // drops stale entries

  std::int64_t usable_;
  std::int64_t free_;
  std::int64_t peak_used_ = 0;
  std::int64_t evictions_ = 0;
  FreeOrder order_;
  Identity identity_;
  std::vector<Node> nodes_;
  std::vector<Entry> ring_;
  std::uint64_t mask_ = 0;
  std::uint64_t head_ = 0,
                tail_ = 0;  // entries are [head_, tail_); both may wrap, their difference does not
  PrefixIndex index_;
};

}  // namespace headroom
