#include "policies/expert_cache/expert_cache.hpp"

#include <algorithm>
#include <compare>
#include <numeric>

#include "policies/expert_cache/indexed_heap.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

void check_sizes(std::int64_t keys, std::int64_t capacity) {
  HEADROOM_CHECK(keys > 0 && capacity >= 0 && capacity <= keys,
                 "a cache holds some of the experts, got ", capacity, " of ", keys);
}

// A ring of residents through `links_`, most recent first; `end_` is the ring's anchor.
class LruCache final : public ExpertCache {
 public:
  LruCache(std::int64_t keys, std::int64_t capacity)
      : capacity_(capacity),
        end_(static_cast<ExpertKey>(keys)),
        links_(static_cast<std::size_t>(keys) + 1),
        resident_(static_cast<std::size_t>(keys), 0) {
    check_sizes(keys, capacity);
    links_[end_] = {end_, end_};
  }

  bool access(ExpertKey key, UseTime) override {
    if (resident_[key] != 0) {
      unlink(key);
      link_first(key);
      return true;
    }
    if (capacity_ == 0) return false;
    if (residents_ == capacity_) {
      const ExpertKey oldest = links_[end_].before;
      unlink(oldest);
      resident_[oldest] = 0;
      --residents_;
      ++evictions_;
    }
    link_first(key);
    resident_[key] = 1;
    ++residents_;
    return false;
  }
  bool contains(ExpertKey key) const override { return resident_[key] != 0; }
  std::int64_t residents() const override { return residents_; }
  std::int64_t evictions() const override { return evictions_; }

 private:
  struct Links {
    ExpertKey before = 0, after = 0;
  };
  void unlink(ExpertKey key) {
    const Links links = links_[key];
    links_[links.before].after = links.after;
    links_[links.after].before = links.before;
  }
  void link_first(ExpertKey key) {
    const ExpertKey first = links_[end_].after;
    links_[key] = {end_, first};
    links_[end_].after = links_[first].before = key;
  }

  std::int64_t capacity_, residents_ = 0, evictions_ = 0;
  ExpertKey end_;
  std::vector<Links> links_;
  std::vector<std::uint8_t> resident_;
};

class LfuCache final : public ExpertCache {
 public:
  LfuCache(std::int64_t keys, std::int64_t capacity)
      : capacity_(static_cast<std::size_t>(capacity)),
        uses_(static_cast<std::size_t>(keys)),
        residents_(keys, capacity) {
    check_sizes(keys, capacity);
  }

  bool access(ExpertKey key, UseTime) override {
    const Priority priority{++uses_[key], ++clock_};
    if (residents_.contains(key)) {
      residents_.change(key, priority);
      return true;
    }
    if (capacity_ == 0) return false;
    if (residents_.size() == capacity_) {
      residents_.pop();
      ++evictions_;
    }
    residents_.push(key, priority);
    return false;
  }
  bool contains(ExpertKey key) const override { return residents_.contains(key); }
  std::int64_t residents() const override { return static_cast<std::int64_t>(residents_.size()); }
  std::int64_t evictions() const override { return evictions_; }

 private:
  struct Priority {
    std::uint64_t uses = 0, last_use = 0;
    auto operator<=>(const Priority&) const = default;
  };
  std::size_t capacity_;
  std::int64_t evictions_ = 0;
  std::uint64_t clock_ = 0;
  std::vector<std::uint64_t> uses_;
  IndexedHeap<Priority> residents_;
};

class StaticCache final : public ExpertCache {
 public:
  StaticCache(std::int64_t keys, std::span<const ExpertKey> hot)
      : hot_(static_cast<std::size_t>(keys), 0), residents_(static_cast<std::int64_t>(hot.size())) {
    check_sizes(keys, residents_);
    for (const ExpertKey key : hot) hot_[key] = 1;
  }
  bool access(ExpertKey key, UseTime) override { return hot_[key] != 0; }
  bool contains(ExpertKey key) const override { return hot_[key] != 0; }
  std::int64_t residents() const override { return residents_; }
  std::int64_t evictions() const override { return 0; }

 private:
  std::vector<std::uint8_t> hot_;
  std::int64_t residents_;
};

class OptimalCache final : public ExpertCache {
 public:
  OptimalCache(std::int64_t keys, std::int64_t capacity, std::span<const UseTime> first_uses)
      : capacity_(static_cast<std::size_t>(capacity)), residents_(keys, capacity) {
    check_sizes(keys, capacity);
    for (ExpertKey key = 0; key < first_uses.size(); ++key) take(key, first_uses[key]);
    evictions_ = 0;
  }

  bool access(ExpertKey key, UseTime next_use) override {
    if (residents_.contains(key)) {
      residents_.change(key, later_first(next_use));
      return true;
    }
    take(key, next_use);
    return false;
  }
  bool contains(ExpertKey key) const override { return residents_.contains(key); }
  std::int64_t residents() const override { return static_cast<std::int64_t>(residents_.size()); }
  std::int64_t evictions() const override { return evictions_; }

 private:
  static UseTime later_first(UseTime next_use) { return ~next_use; }

  void take(ExpertKey key, UseTime next_use) {
    residents_.push(key, later_first(next_use));
    if (residents_.size() <= capacity_) return;
    if (residents_.top() != key) ++evictions_;
    residents_.pop();
  }

  std::size_t capacity_;
  std::int64_t evictions_ = 0;
  IndexedHeap<UseTime> residents_;
};

}  // namespace

std::unique_ptr<ExpertCache> make_lru_cache(std::int64_t keys, std::int64_t capacity) {
  return std::make_unique<LruCache>(keys, capacity);
}
std::unique_ptr<ExpertCache> make_lfu_cache(std::int64_t keys, std::int64_t capacity) {
  return std::make_unique<LfuCache>(keys, capacity);
}
std::unique_ptr<ExpertCache> make_static_cache(std::int64_t keys, std::span<const ExpertKey> hot) {
  return std::make_unique<StaticCache>(keys, hot);
}
std::unique_ptr<ExpertCache> make_optimal_cache(std::int64_t keys, std::int64_t capacity,
                                                std::span<const UseTime> first_uses) {
  return std::make_unique<OptimalCache>(keys, capacity, first_uses);
}

std::vector<ExpertKey> most_used(std::span<const double> use, std::int64_t capacity,
                                 std::int64_t experts) {
  std::vector<ExpertKey> keys(use.size());
  std::iota(keys.begin(), keys.end(), ExpertKey{0});
  const auto per_layer = static_cast<ExpertKey>(experts);
  std::sort(keys.begin(), keys.end(), [&](ExpertKey a, ExpertKey b) {
    if (use[a] != use[b]) return use[a] > use[b];
    if (a % per_layer != b % per_layer) return a % per_layer < b % per_layer;
    return a < b;
  });
  keys.resize(static_cast<std::size_t>(capacity));
  return keys;
}

}  // namespace headroom
