#include "sim/engine/wait_attribution.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

struct Walk {
  const OpTable& table;
  const PassDates& dates;
  std::vector<Duration>& waits;

  // Accounts for [gap_start, date) where the operation `index` of `slot` ended at `date`.
  void along(std::size_t index, SlotIndex slot, Duration date, Duration gap_start) const {
    while (true) {
      const Duration start = dates.start(index);
      waits[table.graph().slots[slot].cause] += date - std::max(start, gap_start);
      if (start <= gap_start) return;
      date = start;
      const auto before = last_predecessor(index, slot);
      index -= before.distance;
      slot = before.slot;
    }
  }

  const OpTable::Predecessor& last_predecessor(std::size_t index, SlotIndex slot) const {
    const auto all = table.predecessors(slot);
    const auto last = std::ranges::find_if(all, [&](const OpTable::Predecessor& p) {
      return dates.end(index - p.distance) == dates.start(index);
    });
    HEADROOM_CHECK(last != all.end(), "expected ", table.graph().slots[slot].name,
                   " to start when a predecessor ends, it started at ", dates.start(index).value,
                   " ns");
    return *last;
  }
};

}  // namespace

void attribute_waits(const OpTable& table, const PassDates& dates, Duration makespan,
                     std::vector<Duration>& waits) {
  const Walk walk{table, dates, waits};
  Duration idle_since{0};
  for (std::int64_t layer = 0; layer < table.layers(); ++layer)
    for (const SlotIndex slot : table.slots_of(table.graph().watched)) {
      const std::size_t index = dates.index(layer, slot);
      if (dates.start(index) > idle_since) {
        const auto& before = walk.last_predecessor(index, slot);
        walk.along(index - before.distance, before.slot, dates.start(index), idle_since);
      }
      idle_since = dates.end(index);
    }
  if (makespan <= idle_since) return;
  const auto slots = static_cast<SlotIndex>(table.slots());
  for (SlotIndex slot = 0; slot < slots; ++slot) {
    const std::size_t index = dates.index(table.layers() - 1, slot);
    if (dates.end(index) == makespan) return walk.along(index, slot, makespan, idle_since);
  }
}

}  // namespace headroom
