#include "sim/engine/private_pass.hpp"

#include <algorithm>

namespace headroom {

std::int64_t PrivatePass::run(PassDates& dates, bool extrapolate) {
  std::int64_t skipped = 0;
  equal_moves_ = 0;
  for (const LayerRange& range : table_.ranges()) {
    for (std::int64_t layer = range.first; layer < range.end; ++layer) {
      run_layer(dates, layer, range.kind);
      if (!extrapolate || layer == 0) continue;
      compare(dates, layer);
      const std::int64_t rest = range.end - layer - 1;
      // Comparing costs about as much as running a layer.
      if (rest < 2 || equal_moves_ < static_cast<std::int64_t>(table_.look_back())) continue;
      const std::int64_t alike = alike_after(dates, layer, rest);
      repeat(dates, layer, alike);
      layer += alike;
      skipped += alike;
    }
  }
  return skipped;
}

void PrivatePass::run_layer(PassDates& dates, std::int64_t layer, std::uint32_t kind) const {
  const auto slots = static_cast<SlotIndex>(table_.slots());
  const Duration* const lasts = table_.whole(kind).data();
  Duration* const starts = dates.starts(layer);
  Duration* const ends = dates.ends(layer);
  for (SlotIndex s = 0; s < slots; ++s) {
    Duration start{0};
    for (const auto& before : table_.predecessors(s))
      start = std::max(start, *(ends + s - before.distance));
    starts[s] = start;
    ends[s] = start + lasts[s];
  }
}

void PrivatePass::compare(PassDates& dates, std::int64_t layer) {
  const Duration* const ends = dates.ends(layer);
  const Duration* const before = dates.ends(layer - 1);
  moved_.resize(table_.slots());
  std::int64_t different = 0;
  for (std::size_t s = 0; s < moved_.size(); ++s) {
    const Duration moved = ends[s] - before[s];
    different |= moved.value ^ moved_[s].value;
    moved_[s] = moved;
  }
  equal_moves_ = layer > 1 && different == 0 ? equal_moves_ + 1 : 1;
}

std::int64_t PrivatePass::alike_after(PassDates& dates, std::int64_t layer,
                                      std::int64_t limit) const {
  const auto slots = static_cast<SlotIndex>(table_.slots());
  const Duration* const starts = dates.starts(layer);
  const Duration* const ends = dates.ends(layer);
  for (SlotIndex s = 0; s < slots && limit > 0; ++s) {
    bool held_by_its_like = false;
    for (const auto& before : table_.predecessors(s)) {
      const Duration slack = starts[s] - *(ends + s - before.distance);
      const Duration gain = moved_[before.slot] - moved_[s];
      if (gain > Duration(0)) limit = std::min(limit, slack.value / gain.value);
      if (gain == Duration(0) && slack == Duration(0)) held_by_its_like = true;
    }
    if (!held_by_its_like) return 0;
  }
  return limit;
}

void PrivatePass::repeat(PassDates& dates, std::int64_t layer, std::int64_t count) const {
  const std::size_t slots = table_.slots();
  for (std::int64_t next = layer + 1; next <= layer + count; ++next) {
    Duration* const starts = dates.starts(next);
    Duration* const ends = dates.ends(next);
    for (std::size_t s = 0; s < slots; ++s) {
      starts[s] = (starts - slots)[s] + moved_[s];
      ends[s] = (ends - slots)[s] + moved_[s];
    }
  }
}

}  // namespace headroom
