#include "sim/engine/event_queue.hpp"

#include <algorithm>

namespace headroom {

bool EventQueue::cancel(EventId id) {
  const std::size_t index = id & kSlotMask;
  if (id == 0 || index >= slots_.size() || slots_[index].id != id) return false;
  release(id);
  ++cancelled_;
  drop_cancelled_top();
  constexpr std::size_t kWorthCompacting = 64;
  if (cancelled_ > kWorthCompacting && cancelled_ * 2 > heap_.size()) compact();
  return true;
}

std::uint32_t EventQueue::grow() {
  HEADROOM_CHECK(slots_.size() <= kSlotMask, "expected at most 2^26 events at a time");
  slots_.emplace_back();
  free_slots_.reserve(slots_.size());  // so that releasing an event never allocates
  return static_cast<std::uint32_t>(slots_.size() - 1);
}

void EventQueue::sift_down(std::size_t hole) {
  const Entry entry = heap_[hole];
  const std::size_t size = heap_.size();
  for (;;) {
    const std::size_t first = hole * kArity + 1;
    if (first >= size) break;
    std::size_t least = first;
    const std::size_t last = std::min(first + kArity, size);
    for (std::size_t child = first + 1; child < last; ++child)
      if (heap_[child] < heap_[least]) least = child;
    if (!(heap_[least] < entry)) break;
    heap_[hole] = heap_[least];
    hole = least;
  }
  heap_[hole] = entry;
}

void EventQueue::compact() {
  std::erase_if(heap_, [this](const Entry& entry) { return slot_of(entry.id).id != entry.id; });
  cancelled_ = 0;
  for (std::size_t i = heap_.size() / kArity + 1; i-- > 0;)
    if (i < heap_.size()) sift_down(i);
}

}  // namespace headroom
