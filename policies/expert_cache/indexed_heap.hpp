// policies/expert_cache/indexed_heap.hpp -- a binary heap of experts, smallest priority on top, in
// which each can be found by its key to change its priority. Never allocates after construction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "policies/expert_cache/expert_cache.hpp"

namespace headroom {

template <class Priority>
class IndexedHeap {
 public:
  IndexedHeap(std::int64_t keys, std::int64_t most) : place_(static_cast<std::size_t>(keys), 0) {
    heap_.reserve(static_cast<std::size_t>(most) + 1);
  }

  bool contains(ExpertKey key) const { return place_[key] != 0; }
  std::size_t size() const { return heap_.size(); }
  ExpertKey top() const { return heap_.front().key; }  // pre: not empty

  void push(ExpertKey key, const Priority& priority) {
    heap_.push_back({priority, key});
    rise(heap_.size() - 1);
  }
  // Pre: it is there.
  void change(ExpertKey key, const Priority& priority) {
    const std::size_t at = place_[key] - 1;
    const bool up = priority < heap_[at].priority;
    heap_[at].priority = priority;
    up ? rise(at) : sink(at);
  }
  void pop() {
    place_[heap_.front().key] = 0;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (heap_.empty()) return;
    heap_.front() = last;
    sink(0);
  }

 private:
  struct Entry {
    Priority priority;
    ExpertKey key;
  };

  void put(std::size_t at, const Entry& entry) {
    heap_[at] = entry;
    place_[entry.key] = static_cast<std::uint32_t>(at) + 1;
  }
  void rise(std::size_t at) {
    const Entry entry = heap_[at];
    while (at > 0 && entry.priority < heap_[(at - 1) / 2].priority) {
      put(at, heap_[(at - 1) / 2]);
      at = (at - 1) / 2;
    }
    put(at, entry);
  }
  void sink(std::size_t at) {
    const Entry entry = heap_[at];
    while (2 * at + 1 < heap_.size()) {
      std::size_t child = 2 * at + 1;
      if (child + 1 < heap_.size() && heap_[child + 1].priority < heap_[child].priority) ++child;
      if (!(heap_[child].priority < entry.priority)) break;
      put(at, heap_[child]);
      at = child;
    }
    put(at, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> place_;  // by key: position + 1; 0: not in the heap
};

}  // namespace headroom
