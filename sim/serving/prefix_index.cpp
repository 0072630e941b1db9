#include "sim/serving/prefix_index.hpp"

#include <bit>

#include "sim/base/check.hpp"

namespace headroom {

PrefixIndex::PrefixIndex(std::int64_t max_blocks) {
  const auto blocks = static_cast<std::size_t>(max_blocks) + 1;
  slots_.resize(std::bit_ceil(2 * blocks));
  mask_ = slots_.size() - 1;
  keys_.resize(blocks);
  next_duplicate_.resize(blocks);
}

// The slot that holds the key, or the empty one where it would go. Keys are already well mixed.
std::size_t PrefixIndex::slot_of(std::uint64_t key) const {
  const auto tag = static_cast<std::uint32_t>(key);
  std::size_t i = tag & mask_;
  while (slots_[i].first != 0 && (slots_[i].tag != tag || keys_[slots_[i].first] != key))
    i = (i + 1) & mask_;
  return i;
}

BlockId PrefixIndex::find(std::uint64_t key) const { return slots_[slot_of(key)].first; }

void PrefixIndex::insert(std::uint64_t key, BlockId block) {
  Slot& slot = slots_[slot_of(key)];
  keys_[block] = key;
  next_duplicate_[block] = 0;
  ++size_;
  if (slot.first == 0) {
    slot = {static_cast<std::uint32_t>(key), block};
    return;
  }
  BlockId last = slot.first;
  while (next_duplicate_[last] != 0) last = next_duplicate_[last];
  next_duplicate_[last] = block;
}

void PrefixIndex::remove(BlockId block) {
  const std::size_t at = slot_of(keys_[block]);
  HEADROOM_CHECK(slots_[at].first != 0, "block ", block, " is indexed under its key");
  keys_[block] = 0;
  --size_;
  if (slots_[at].first == block) {
    slots_[at].first = next_duplicate_[block];
    if (slots_[at].first == 0) erase_slot(at);
    return;
  }
  BlockId before = slots_[at].first;
  while (next_duplicate_[before] != block) before = next_duplicate_[before];
  next_duplicate_[before] = next_duplicate_[block];
}

// Backward-shift deletion: no tombstones, so probes stay short over millions of evictions.
void PrefixIndex::erase_slot(std::size_t hole) {
  std::size_t i = hole;
  while (true) {
    i = (i + 1) & mask_;
    if (slots_[i].first == 0) break;
    const std::size_t home = slots_[i].tag & mask_;
    // Move it back only if its home is not between the hole and itself.
    if (((i - home) & mask_) >= ((i - hole) & mask_)) {
      slots_[hole] = slots_[i];
      hole = i;
    }
  }
  slots_[hole] = Slot{};
}

}  // namespace headroom
