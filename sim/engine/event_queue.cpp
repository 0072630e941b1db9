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
  Entry* const heap = heap_.data();
  for (;;) {
    const std::size_t first = hole * kArity + 1;
    if (first >= size) break;
    std::size_t least = first;
    if (first + kArity <= size) {
      // Two pairs, then the winners: selections instead of branches, which nobody could predict
      // here.
      const std::size_t left = first + (heap[first + 1] < heap[first] ? 1U : 0U);
      const std::size_t right = first + 2 + (heap[first + 3] < heap[first + 2] ? 1U : 0U);
      least = heap[right] < heap[left] ? right : left;
    } else {
      for (std::size_t child = first + 1; child < size; ++child)
        if (heap[child] < heap[least]) least = child;
    }
    if (!(heap[least] < entry)) break;
    heap[hole] = heap[least];
    hole = least;
  }
  heap[hole] = entry;
}

void EventQueue::compact() {
  std::erase_if(heap_, [this](const Entry& entry) { return slot_of(entry.id).id != entry.id; });
  cancelled_ = 0;
  for (std::size_t i = heap_.size() / kArity + 1; i-- > 0;)
    if (i < heap_.size()) sift_down(i);
}

}  // namespace headroom
