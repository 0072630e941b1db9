// sim/engine/event_queue.hpp -- the events that are to come, ordered by (date, order of creation).
// A 4-ary heap of plain 16-byte entries and a slab of what they call: nothing is allocated per
// event once the two have grown. Cancelling marks the slab only; an entry whose event is gone is
// dropped when it reaches the top, or when such entries outnumber the live ones (so a program that
// keeps re-scheduling does not grow).
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/base/units.hpp"
#include "sim/engine/kernel.hpp"

namespace headroom {

class EventQueue {
 public:
  struct Event {
    EventHandler* handler;
    std::uint64_t token;
  };

  // The same as reserve() and schedule().
  EventId add(TimePoint date, EventHandler& handler, std::uint64_t token) {
    const EventId id = reserve(handler, token);
    schedule(id, date);
    return id;
  }
  // Takes the event's place in the order now; its date follows. An id is never 0 and never used
  // twice.
  EventId reserve(EventHandler& handler, std::uint64_t token);
  // Pre: `id` was reserved and neither scheduled nor cancelled.
  void schedule(EventId id, TimePoint date) {
    heap_.push_back({date, id});
    sift_up(heap_.size() - 1);
  }
  // False, and no effect, if the event has been taken or cancelled. Pre: it has been scheduled.
  bool cancel(EventId id);

  // kNever if there is none.
  TimePoint next_date() const { return heap_.empty() ? kNever : heap_.front().date; }
  // Takes the earliest event. Pre: there is one.
  Event take();

  // Events that are scheduled and neither taken nor cancelled.
  std::size_t size() const { return heap_.size() - cancelled_; }
  // Memory use, for the test that re-scheduling does not grow it.
  std::size_t heap_entries() const { return heap_.size(); }

 private:
  struct Entry {
    TimePoint date;
    EventId id;
    // One number of 128 bits, so that comparing takes no branch. Dates are not negative.
    __extension__ using Key = unsigned __int128;
    Key key() const {
      return (static_cast<Key>(static_cast<std::uint64_t>(date.value)) << 64) | id;
    }
    bool operator<(const Entry& o) const { return key() < o.key(); }
  };
  struct Slot {
    EventId id = 0;  // 0: free
    EventHandler* handler = nullptr;
    std::uint64_t token = 0;
  };
  // An id is a sequence number above the slab index, so that it orders, finds its slot and is
  // unique at once: 6.7e7 events at a time, 2.7e11 (hours of CPU) in a run.
  static constexpr int kSlotBits = 26;
  static constexpr EventId kSlotMask = (EventId{1} << kSlotBits) - 1;
  static constexpr EventId kLastSequence = (EventId{1} << (64 - kSlotBits)) - 1;
  static constexpr std::size_t kArity = 4;

  Slot& slot_of(EventId id) { return slots_[id & kSlotMask]; }
  void release(EventId id) {
    slot_of(id).id = 0;
    free_slots_.push_back(static_cast<std::uint32_t>(id & kSlotMask));
  }
  std::uint32_t grow();
  void sift_up(std::size_t hole);
  void sift_down(std::size_t hole);
  void remove_top();
  void drop_cancelled_top() {
    while (cancelled_ > 0 && !heap_.empty() && slot_of(heap_.front().id).id != heap_.front().id) {
      remove_top();
      --cancelled_;
    }
  }
  void compact();

  std::vector<Entry> heap_;  // the top is never a cancelled event
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_slots_;
  EventId next_sequence_ = 1;
  std::size_t cancelled_ = 0;  // entries of the heap whose event was cancelled
};

inline EventId EventQueue::reserve(EventHandler& handler, std::uint64_t token) {
  HEADROOM_CHECK(next_sequence_ <= kLastSequence, "expected fewer than 2^38 events in a run");
  std::uint32_t index = 0;
  if (free_slots_.empty()) {
    index = grow();
  } else {
    index = free_slots_.back();
    free_slots_.pop_back();
  }
  const EventId id = (next_sequence_++ << kSlotBits) | index;
  slots_[index] = {id, &handler, token};
  return id;
}

inline EventQueue::Event EventQueue::take() {
  const EventId id = heap_.front().id;
  const Slot& slot = slot_of(id);
  const Event event{slot.handler, slot.token};
  release(id);
  remove_top();
  drop_cancelled_top();
  return event;
}

inline void EventQueue::sift_up(std::size_t hole) {
  const Entry entry = heap_[hole];
  while (hole > 0) {
    const std::size_t parent = (hole - 1) / kArity;
    if (!(entry < heap_[parent])) break;
    heap_[hole] = heap_[parent];
    hole = parent;
  }
  heap_[hole] = entry;
}

inline void EventQueue::remove_top() {
  heap_.front() = heap_.back();
  heap_.pop_back();
  if (heap_.size() > 1) sift_down(0);
}

}  // namespace headroom
