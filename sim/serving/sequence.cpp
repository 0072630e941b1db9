#include "sim/serving/sequence.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {

SequenceIndex SequencePool::create() {
  ++live_;
  if (free_slots_.empty()) {
    slots_.emplace_back();
    return static_cast<SequenceIndex>(slots_.size() - 1);
  }
  const SequenceIndex index = free_slots_.back();
  free_slots_.pop_back();
  Sequence& slot = slots_[index];
  // Keep the heap storage of the slot: sequences come and go by the million.
  auto keys = std::move(slot.block_keys);
  auto tables = std::move(slot.block_tables);
  const auto epoch = slot.epoch + 1;  // rows in flight for the slot's last owner stay foreign
  keys.clear();
  for (auto& table : tables) table.clear();
  slot = Sequence{};
  slot.block_keys = std::move(keys);
  slot.block_tables = std::move(tables);
  slot.epoch = epoch;
  return index;
}

void SequencePool::destroy(SequenceIndex index) {
  slots_[index].state = SequenceState::kFree;
  ++slots_[index].epoch;
  free_slots_.push_back(index);
  --live_;
}

void SequencePool::wait_at_back(SequenceIndex index) {
  slots_[index].state = SequenceState::kWaiting;
  waiting_.push_back(index);
}

void SequencePool::wait_at_front(SequenceIndex index) {
  slots_[index].state = SequenceState::kWaiting;
  waiting_.push_front(index);
}

void SequencePool::wait_by_priority(SequenceIndex index) {
  slots_[index].state = SequenceState::kWaiting;
  const auto key = [this](SequenceIndex i) {
    const Sequence& s = slots_[i];
    return std::tuple(s.priority, s.arrival, s.id);
  };
  const auto place = std::upper_bound(waiting_.begin(), waiting_.end(), index,
                                      [&](auto a, auto b) { return key(a) < key(b); });
  waiting_.insert(place, index);
}

void SequencePool::run_front_of_waiting() {
  const SequenceIndex index = waiting_.front();
  waiting_.pop_front();
  slots_[index].state = SequenceState::kRunning;
  running_.push_back(index);
}

void SequencePool::remove_running(std::size_t position) {
  running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(position));
}

void SequencePool::remove_ended(std::size_t count) {
  // They are found in the order of the list; behind the last of them nobody is looked at.
  auto kept = running_.begin();
  auto next = running_.begin();
  for (; count > 0; ++next) {
    HEADROOM_CHECK(next != running_.end(), count, " more running sequences have ended");
    if (slots_[*next].state == SequenceState::kFree) {
      --count;
    } else {
      *kept++ = *next;
    }
  }
  running_.erase(std::move(next, running_.end(), kept), running_.end());
}

void SequencePool::pause_running(std::size_t position) {
  const SequenceIndex index = running_[position];
  remove_running(position);
  slots_[index].state = SequenceState::kPaused;
  paused_.push_back(index);
  ever_paused_ = true;
}

void SequencePool::remove_waiting(SequenceIndex index) {
  const auto place = std::find(waiting_.begin(), waiting_.end(), index);
  HEADROOM_CHECK(place != waiting_.end(), "sequence ", slots_[index].id,
                 " is in the waiting queue");
  waiting_.erase(place);
}

void SequencePool::remove_paused(SequenceIndex index) {
  const auto place = std::find(paused_.begin(), paused_.end(), index);
  HEADROOM_CHECK(place != paused_.end(), "sequence ", slots_[index].id, " is paused");
  paused_.erase(place);
}

}  // namespace headroom
