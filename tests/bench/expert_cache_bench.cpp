// Prints how many uses per CPU-second each expert cache replays, and what the routing traces are
// like: skew, reuse from one token to the next, and hit rates by capacity. Judges nothing.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "policies/expert_cache/expert_cache.hpp"
#include "policies/expert_cache/offline_optimal.hpp"
#include "sim/config/data_folder.hpp"
#include "tests/bench/measured_process.hpp"
#include "workloads/routing/expert_router.hpp"

namespace headroom::bench {
namespace {

struct Uses {
  std::vector<ExpertKey> keys;
  std::vector<UseTime> next;
  std::vector<double> frequency;
};

Uses uses_of(const ExpertRouter& router, std::int64_t tokens) {
  const RoutingShape& shape = router.shape();
  Uses uses;
  uses.frequency.resize(static_cast<std::size_t>(shape.layers * shape.experts));
  std::vector<std::int32_t> chosen(static_cast<std::size_t>(shape.experts_per_token));
  for (std::int64_t token = 0; token < tokens; ++token)
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
      router.experts_of(static_cast<std::uint64_t>(token), layer, chosen);
      for (const auto expert : chosen) {
        uses.keys.push_back(static_cast<ExpertKey>(layer * shape.experts + expert));
        ++uses.frequency[uses.keys.back()];
      }
    }
  std::vector<UseTime> next_of(uses.frequency.size(), kNeverUsed);
  uses.next.resize(uses.keys.size());
  for (std::size_t i = uses.keys.size(); i-- > 0;) {
    uses.next[i] = next_of[uses.keys[i]];
    next_of[uses.keys[i]] = i;
  }
  return uses;
}

// Hit rate; prints the rate of uses if asked to.
double replay(ExpertCache& cache, const Uses& uses, const char* name, bool print_rate) {
  const double start = cpu_seconds();
  std::int64_t hits = 0;
  for (std::size_t i = 0; i < uses.keys.size(); ++i)
    hits += cache.access(uses.keys[i], uses.next[i]) ? 1 : 0;
  const double took_s = cpu_seconds() - start;
  const auto count = static_cast<double>(uses.keys.size());
  if (print_rate) std::printf("  %-8s %6.1f million uses/CPU-s\n", name, count / took_s / 1e6);
  return static_cast<double>(hits) / count;
}

void hit_rates(const Uses& uses, std::int64_t experts, double fraction, bool print_rate) {
  const auto keys = static_cast<std::int64_t>(uses.frequency.size());
  const auto capacity = static_cast<std::int64_t>(fraction * static_cast<double>(keys));
  const auto hot = most_used(uses.frequency, capacity, experts);
  const double lru = replay(*make_lru_cache(keys, capacity), uses, "lru", print_rate);
  const double lfu = replay(*make_lfu_cache(keys, capacity), uses, "lfu", print_rate);
  const double fixed = replay(*make_static_cache(keys, hot), uses, "static", print_rate);
  const double best = replay(*make_optimal_cache(keys, capacity, {}), uses, "optimal", print_rate);
  std::printf("  %3.0f %% cached: hit rate lru %.3f, lfu %.3f, static %.3f, optimal %.3f\n",
              100 * fraction, lru, lfu, fixed, best);
}

void drawn() {
  const RoutingShape shape{.layers = 32, .experts = 8, .experts_per_token = 2};
  std::printf("\nMixtral shape, Zipf exponent 1, 8 million uses\n");
  const auto router = make_drawn_router(shape, {1.0, 0, 1});
  const Uses uses = uses_of(*router, 125'000);
  hit_rates(uses, shape.experts, 0.25, true);
  const double start = cpu_seconds();
  std::vector<ExpertLoad> loads;
  std::int64_t passes = 0;
  for (; passes < 20'000; ++passes)
    for (std::int64_t layer = 0; layer < shape.layers; ++layer)
      router->route(static_cast<std::uint64_t>(passes), 1, layer, loads);
  const double took_s = cpu_seconds() - start;
  std::printf("  routing  %6.2f million layers of one token/CPU-s\n",
              static_cast<double>(passes * shape.layers) / took_s / 1e6);
}

void trace(const std::string& file, const RoutingShape& shape, std::int64_t rows) {
  const auto data = data_folder();
  const auto path = std::filesystem::path(data.value_or("")) / "moe_routing" / file;
  if (!std::filesystem::exists(path)) {
    std::printf("\n%s: SKIPPED, needs ${HEADROOM_DATA}/moe_routing\n", file.c_str());
    return;
  }
  const auto router = make_trace_router(shape, {.path = path.string()});
  const Uses uses = uses_of(*router, rows);
  std::printf("\n%s: %lld tokens, %lld of %lld experts\n", file.c_str(),
              static_cast<long long>(rows), static_cast<long long>(shape.experts_per_token),
              static_cast<long long>(shape.experts));
  auto sorted = uses.frequency;
  std::sort(sorted.rbegin(), sorted.rend());
  const double all = std::accumulate(sorted.begin(), sorted.end(), 0.0);
  const auto k = static_cast<std::size_t>(shape.experts_per_token);
  double by_chance = 0;  // visits that the token before shares, were tokens independent
  for (const double uses_of_expert : sorted)
    by_chance += std::pow(uses_of_expert / static_cast<double>(rows), 2) / static_cast<double>(k);
  std::int64_t shared = 0;
  for (std::size_t i = k; i < uses.keys.size(); ++i) {
    const auto before = uses.keys.begin() + static_cast<std::ptrdiff_t>(i / k * k - k);
    shared += std::find(before, before + static_cast<std::ptrdiff_t>(k), uses.keys[i]) !=
                      before + static_cast<std::ptrdiff_t>(k)
                  ? 1
                  : 0;
  }
  std::printf(
      "  hottest expert %.2f times the mean, coldest %.2f; hottest quarter %.1f %% of visits\n",
      sorted.front() / all * static_cast<double>(sorted.size()),
      sorted.back() / all * static_cast<double>(sorted.size()),
      100 *
          std::accumulate(sorted.begin(),
                          sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 4), 0.0) /
          all);
  std::printf("  shared with the token before: %.1f %% of visits, by chance %.1f %%\n",
              100 * static_cast<double>(shared) / static_cast<double>(uses.keys.size() - k),
              100 * by_chance);
  for (const double fraction : {0.125, 0.25, 0.5, 0.75})
    hit_rates(uses, shape.experts, fraction, false);
}

}  // namespace
}  // namespace headroom::bench

int main() {
  using namespace headroom::bench;
  drawn();
  trace("olmoe_1b7b_t4_routes_clean.csv", {.layers = 1, .experts = 64, .experts_per_token = 8},
        4471);
  trace("qwen15moe_a27b_chat_rtx5090_routes_clean.csv",
        {.layers = 1, .experts = 60, .experts_per_token = 4}, 2434);
}
