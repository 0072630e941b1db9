#include "policies/expert_cache/expert_cache.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "policies/expert_cache/offline_optimal.hpp"

using namespace headroom;

namespace {

std::vector<bool> hits_of(ExpertCache& cache, const std::vector<ExpertKey>& uses) {
  std::vector<bool> hits;
  for (const auto key : uses) hits.push_back(cache.access(key));
  return hits;
}

}  // namespace

TEST_CASE("LRU throws out the expert that is unused for longest", "[policies][expert_cache]") {
  const auto cache = make_lru_cache(4, 2);
  // 0 in, 1 in, 0 hits, 2 throws out 1, 1 throws out 0, 2 hits.
  REQUIRE(hits_of(*cache, {0, 1, 0, 2, 1, 2}) ==
          std::vector<bool>{false, false, true, false, false, true});
  REQUIRE(cache->evictions() == 2);
  REQUIRE_FALSE(cache->contains(0));
  REQUIRE((cache->contains(1) && cache->contains(2)));
}

TEST_CASE("LFU throws out the expert that is used least often", "[policies][expert_cache]") {
  const auto cache = make_lfu_cache(4, 2);
  // 0 twice, 1 once; 2 throws out 1; 1 (2 uses by now) throws out 2 (1 use); 2 comes back with 2
  // uses and throws out 0 or 1, both used twice: 0, unused for longer.
  REQUIRE(hits_of(*cache, {0, 0, 1, 2, 1, 0, 2}) ==
          std::vector<bool>{false, true, false, false, false, true, false});
  // Uses now: 0 has 3, 1 has 2, 2 has 2: 1 went.
  REQUIRE(cache->contains(0));
  REQUIRE_FALSE(cache->contains(1));
  REQUIRE(cache->evictions() == 3);
}

TEST_CASE("among experts used equally often LFU throws out the one unused for longest",
          "[policies][expert_cache]") {
  const auto cache = make_lfu_cache(3, 2);
  hits_of(*cache, {1, 0, 2});
  REQUIRE_FALSE(cache->contains(1));
  REQUIRE(cache->contains(0));
}

TEST_CASE("a static cache holds its hot set and nothing else", "[policies][expert_cache]") {
  const std::vector<ExpertKey> hot{1, 3};
  const auto cache = make_static_cache(4, hot);
  REQUIRE(hits_of(*cache, {0, 1, 0, 3, 2}) == std::vector<bool>{false, true, false, true, false});
  REQUIRE(cache->evictions() == 0);
  REQUIRE(cache->residents() == 2);
}

TEST_CASE("the optimal cache knows what comes and does not take in what comes last",
          "[policies][expert_cache]") {
  // Uses 0 1 2 0 1 2 with room for two, empty at first. 0 and 1 in; 2 comes again last and is left
  // out; 0 and 1 hit, 2 misses.
  const auto cache = make_optimal_cache(3, 2, {});
  REQUIRE_FALSE(cache->access(0, 3));
  REQUIRE_FALSE(cache->access(1, 4));
  REQUIRE_FALSE(cache->access(2, 5));
  REQUIRE(cache->access(0, kNeverUsed));
  REQUIRE(cache->access(1, kNeverUsed));
  REQUIRE_FALSE(cache->access(2, kNeverUsed));
}

TEST_CASE("most used experts first and layers in turns among equals", "[policies][expert_cache]") {
  // Two layers of three experts. Expert 2 of layer 0 (key 2) is the hottest, the others are alike:
  // then expert 0 of both layers, expert 1 of both.
  const std::vector<double> use{1, 1, 5, 1, 1, 1};
  REQUIRE(most_used(use, 4, 3) == std::vector<ExpertKey>{2, 0, 3, 1});
}

TEST_CASE("offline optimal hits of a hand-made history", "[policies][expert_cache]") {
  UseHistory history(4);
  // Passes of two experts: {0 1} {2 3} {0 1} {2 0}, room for two, loaded with 0 and 1. The first
  // pass hits twice. Then 0 and 1 are kept: 2 and 3 miss, 0 and 1 hit, and of the last pass 0 hits.
  for (const auto& group : std::vector<std::vector<ExpertKey>>{{0, 1}, {2, 3}, {0, 1}, {2, 0}}) {
    history.begin_group();
    for (const auto key : group) history.add(key);
  }
  REQUIRE(history.optimal_hits(2) == 5);
  REQUIRE(history.optimal_hits(0) == 0);
  // Everything fits: every use hits, the first ones were loaded.
  REQUIRE(history.optimal_hits(4) == 8);
}
