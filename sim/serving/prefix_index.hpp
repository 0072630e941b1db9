// sim/serving/prefix_index.hpp -- from the content key of a full KV block to the blocks that hold
// it. Several blocks may hold one content (vLLM does not merge duplicates); lookup returns the
// first inserted. Open addressing with linear probing over a table sized once: a block has at most
// one key, so the load never exceeds one half.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/serving/sequence.hpp"

namespace headroom {

class PrefixIndex {
 public:
  // Block ids are 1..max_blocks.
  explicit PrefixIndex(std::int64_t max_blocks);

  BlockId find(std::uint64_t key) const;          // 0: not there
  void insert(std::uint64_t key, BlockId block);  // Pre: block has no key
  void remove(BlockId block);                     // Pre: block has a key
  bool has_key(BlockId block) const { return keys_[block] != 0; }
  std::int64_t size() const { return size_; }  // blocks with a key
  // A table of many replicas does not fit the caches: whoever knows what comes next says so.
  void expect(std::uint64_t key) const { __builtin_prefetch(&slots_[key & mask_], 1); }
  void expect_removal(BlockId block) const { expect(keys_[block]); }

 private:
  // Half of the key is enough to walk the table; the other half is asked of the block. Eight bytes
  // instead of sixteen keep twice as much of the table in the caches.
  struct Slot {
    std::uint32_t tag = 0;  // low half of the key, which also says where the slot's home is
    BlockId first = 0;      // 0: empty
  };
  std::size_t slot_of(std::uint64_t key) const;
  void erase_slot(std::size_t hole);

  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::vector<std::uint64_t> keys_;      // by block; 0: none
  std::vector<BlockId> next_duplicate_;  // by block, in order of insertion; 0: last
  std::int64_t size_ = 0;
};

}  // namespace headroom
