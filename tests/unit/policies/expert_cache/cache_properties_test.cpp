// Properties on random uses: 40 traces of different skew, drawn in groups as layers use experts.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "policies/expert_cache/expert_cache.hpp"
#include "policies/expert_cache/offline_optimal.hpp"
#include "sim/base/random.hpp"

using namespace headroom;

namespace {

constexpr std::int64_t kKeys = 24;
using Groups = std::vector<std::vector<ExpertKey>>;

Groups random_uses(std::uint64_t seed) {
  RandomStream random(seed, "uses");
  const double skew = random.uniform(1, 4);
  const auto most = random.uniform_int(1, 5);
  Groups groups;
  for (int i = 0; i < 400; ++i) {
    auto& group = groups.emplace_back();
    for (std::int64_t j = 0; j < most; ++j) {
      const auto key =
          static_cast<ExpertKey>(static_cast<double>(kKeys) * std::pow(random.uniform(), skew));
      if (std::find(group.begin(), group.end(), key) == group.end()) group.push_back(key);
    }
  }
  return groups;
}

// As the experts of a layer are used: those that are there first.
std::int64_t hits_of(ExpertCache& cache, const Groups& groups, std::int64_t capacity) {
  std::int64_t hits = 0;
  for (auto group : groups) {
    std::stable_partition(group.begin(), group.end(),
                          [&](auto key) { return cache.contains(key); });
    for (const auto key : group) {
      const bool was_there = cache.contains(key);
      const bool hit = cache.access(key);
      if (hit != was_there) throw std::logic_error("a hit is what was there");
      hits += hit ? 1 : 0;
      if (cache.residents() > capacity) throw std::logic_error("more residents than room");
    }
  }
  return hits;
}

std::vector<double> frequencies(const Groups& groups) {
  std::vector<double> use(kKeys);
  for (const auto& group : groups)
    for (const auto key : group) ++use[key];
  return use;
}

}  // namespace

TEST_CASE("no policy hits more often than the optimal one", "[policies][expert_cache]") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const Groups groups = random_uses(seed);
    UseHistory history(kKeys);
    for (const auto& group : groups) {
      history.begin_group();
      for (const auto key : group) history.add(key);
    }
    for (const std::int64_t capacity : {0, 1, 3, 8, 20, 24}) {
      const std::int64_t best = history.optimal_hits(capacity);
      const auto hot = most_used(frequencies(groups), capacity, kKeys);
      REQUIRE(hits_of(*make_lru_cache(kKeys, capacity), groups, capacity) <= best);
      REQUIRE(hits_of(*make_lfu_cache(kKeys, capacity), groups, capacity) <= best);
      REQUIRE(hits_of(*make_static_cache(kKeys, hot), groups, capacity) <= best);
    }
  }
}

TEST_CASE("the optimal cache hits as often as the best of all ways to keep three experts",
          "[policies][expert_cache]") {
  // Dynamic programming over all sets of residents: after each use any subset of the residents and
  // the expert used may stay.
  constexpr std::int64_t kFew = 5;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    RandomStream random(seed, "few");
    std::vector<ExpertKey> uses;
    UseHistory history(kFew);
    for (int i = 0; i < 25; ++i) {
      uses.push_back(static_cast<ExpertKey>(random.uniform_int(0, kFew - 1)));
      history.begin_group();
      history.add(uses.back());
    }
    for (const int capacity : {1, 2, 3}) {
      std::vector<int> best(1U << kFew, -1);
      for (unsigned set = 0; set < best.size(); ++set)
        if (__builtin_popcount(set) <= capacity) best[set] = 0;
      for (const auto key : uses) {
        std::vector<int> next(best.size(), -1);
        for (unsigned set = 0; set < best.size(); ++set) {
          if (best[set] < 0) continue;
          const unsigned bit = 1U << key;
          const int hits = best[set] + ((set & bit) != 0 ? 1 : 0);
          for (unsigned kept = 0; kept < best.size(); ++kept)
            if ((kept & ~(set | bit)) == 0 && __builtin_popcount(kept) <= capacity)
              next[kept] = std::max(next[kept], hits);
        }
        best = next;
      }
      REQUIRE(history.optimal_hits(capacity) == *std::max_element(best.begin(), best.end()));
    }
  }
}

TEST_CASE("a larger LRU cache holds all that a smaller one does", "[policies][expert_cache]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto small = make_lru_cache(kKeys, 5), large = make_lru_cache(kKeys, 6);
    for (const auto& group : random_uses(seed)) {
      for (const auto key : group) {
        const bool hit_small = small->access(key), hit_large = large->access(key);
        REQUIRE((!hit_small || hit_large));
      }
      for (ExpertKey key = 0; key < kKeys; ++key)
        REQUIRE((!small->contains(key) || large->contains(key)));
    }
  }
}

TEST_CASE("a static hot set hits as often as its experts are used", "[policies][expert_cache]") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Groups groups = random_uses(seed);
    auto use = frequencies(groups);
    const auto hot = most_used(use, 7, kKeys);
    std::sort(use.rbegin(), use.rend());
    double expected = 0;
    for (int i = 0; i < 7; ++i) expected += use[static_cast<std::size_t>(i)];
    REQUIRE(static_cast<double>(hits_of(*make_static_cache(kKeys, hot), groups, 7)) == expected);
  }
}
