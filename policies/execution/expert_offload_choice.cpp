#include "policies/execution/expert_offload_choice.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {

ExpertWork& ExpertWork::operator+=(const ExpertWork& other) {
  visits += other.visits;
  weight_bytes += other.weight_bytes;
  from_dram += other.from_dram;
  from_ssd += other.from_ssd;
  return *this;
}

void LayerChoice::clear() {
  resident = prefetched = on_cpu = {};
  fetched.clear();
}

bool ExpertChooser::Level::access(ExpertKey key, UseTime next_use) {
  ++accesses;
  history.add(key);
  const bool hit = cache->access(key, next_use);
  hits += hit ? 1 : 0;
  return hit;
}

ExpertChooser::ExpertChooser(const ExpertOffloadConfig& config, double dram_fraction,
                             std::unique_ptr<ExpertRouter> router, std::vector<ExpertPlane> planes,
                             std::uint64_t seed)
    : config_(config),
      router_(std::move(router)),
      planes_(std::move(planes)),
      hbm_{"gpu", capacity_of(config.cached_fraction), nullptr, UseHistory(keys())},
      predictor_(seed, "expert_predictor"),
      widths_(seed, "expert_widths"),
      planes_held_(static_cast<std::size_t>(keys()), 0),
      taken_(static_cast<std::size_t>(router_->shape().experts), 0) {
  HEADROOM_CHECK(!planes_.empty(), "an expert has weights");
  if (config.cache == CachePolicy::kOptimal) upcoming_ = std::make_unique<UpcomingUse>(*router_);
  hbm_.cache = make_cache(hbm_.capacity);
  for (ExpertKey key = 0; key < planes_held_.size(); ++key)
    if (hbm_.cache->contains(key)) planes_held_[key] = planes_.size();
  if (config.home != Tier::kSsd) return;
  const std::int64_t capacity = capacity_of(dram_fraction);
  dram_.emplace(Level{"dram", capacity, make_lru_cache(keys(), capacity), UseHistory(keys())});
}

std::int64_t ExpertChooser::keys() const {
  return router_->shape().layers * router_->shape().experts;
}

ExpertKey ExpertChooser::key_of(std::int64_t layer, std::int32_t expert) const {
  return static_cast<ExpertKey>(layer * router_->shape().experts + expert);
}

std::int64_t ExpertChooser::capacity_of(double fraction) const {
  constexpr double kRounding = 1e-9;  // 0.3 of 10 experts is 3
  return std::min(keys(), static_cast<std::int64_t>(
                              std::floor(fraction * static_cast<double>(keys()) + kRounding)));
}

std::unique_ptr<ExpertCache> ExpertChooser::make_cache(std::int64_t capacity) {
  const RoutingShape& shape = router_->shape();
  switch (config_.cache) {
    case CachePolicy::kLru:
      return make_lru_cache(keys(), capacity);
    case CachePolicy::kLfu:
      return make_lfu_cache(keys(), capacity);
    case CachePolicy::kStatic: {
      std::vector<double> use;
      for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
        const auto of_layer = router_->visit_probabilities(layer);
        use.insert(use.end(), of_layer.begin(), of_layer.end());
      }
      return make_static_cache(keys(), most_used(use, capacity, shape.experts));
    }
    case CachePolicy::kOptimal:
      break;
  }
  std::vector<UseTime> first_uses;
  for (std::int64_t layer = 0; layer < shape.layers; ++layer)
    for (std::int32_t expert = 0; expert < shape.experts; ++expert)
      first_uses.push_back(upcoming_->next(layer, expert, 0));
  return make_optimal_cache(keys(), capacity, first_uses);
}

void ExpertChooser::begin_pass(std::int64_t tokens) {
  first_token_ = next_token_;
  next_token_ += static_cast<std::uint64_t>(tokens);
}

// The width of an expert is the widest of its tokens': P(at most i) = (share up to i)^tokens.
std::size_t ExpertChooser::draw_planes(std::int32_t tokens) {
  if (planes_.size() == 1) return 1;
  const double drawn = widths_.uniform();
  double up_to = 0;
  for (std::size_t i = 0; i + 1 < planes_.size(); ++i) {
    up_to += planes_[i].token_share;
    if (drawn < std::pow(up_to, tokens)) return i + 1;
  }
  return planes_.size();
}

void ExpertChooser::use_cache(std::int64_t layer, Needed& needed) {
  const ExpertKey key = key_of(layer, needed.expert);
  const UseTime next_use =
      upcoming_ ? upcoming_->next(layer, needed.expert, next_token_) : kNeverUsed;
  if (hbm_.access(key, next_use)) {
    needed.resident = planes_held_[key];
    planes_held_[key] = std::max(planes_held_[key], needed.planes);
  } else {
    planes_held_[key] = needed.planes;
  }
}

// Those that are there are used first: the experts of a layer are needed together, and none is
// thrown out for another one of them as long as there is a choice.
void ExpertChooser::look_up(std::int64_t layer) {
  hbm_.history.begin_group();
  needed_.clear();
  for (const auto& [expert, tokens] : loads_)
    needed_.push_back({expert, tokens, draw_planes(tokens), 0, false});
  const auto missing = std::stable_partition(needed_.begin(), needed_.end(), [&](const Needed& n) {
    return hbm_.cache->contains(key_of(layer, n.expert));
  });
  for (auto it = needed_.begin(); it != missing; ++it) use_cache(layer, *it);
  for (auto it = missing; it != needed_.end(); ++it) use_cache(layer, *it);
}

bool ExpertChooser::is_in_dram(ExpertKey key) { return !dram_ || dram_->access(key, kNeverUsed); }

void ExpertChooser::move(bool in_dram, double bytes, ExpertWork& work) {
  (in_dram ? work.from_dram : work.from_ssd) += bytes;
  hbm_.bytes_in += bytes;
  if (!in_dram) dram_->bytes_in += bytes;
}

void ExpertChooser::place(ExpertKey key, const Needed& needed, LayerChoice& out) {
  const bool on_cpu = config_.compute == Device::kCpu && needed.resident == 0;
  const bool in_dram = on_cpu || needed.resident >= needed.planes || is_in_dram(key);
  double share = 0;
  for (std::size_t i = 0; i < needed.planes; ++i) share += planes_[i].token_share;
  for (std::size_t i = 0; i < needed.planes; ++i) {
    ExpertWork work;
    work.visits = needed.tokens * planes_[i].token_share / share;
    work.weight_bytes = on_cpu ? planes_[i].moved_bytes : planes_[i].hbm_bytes;
    if (on_cpu) {
      out.on_cpu += work;
    } else if (i < needed.resident) {
      out.resident += work;
    } else {
      move(in_dram, planes_[i].moved_bytes, work);
      if (needed.named) {
        out.prefetched += work;
      } else {
        out.fetched.push_back(work);
      }
    }
  }
}

// As many names as experts needed; what is not a needed one is another of the layer, while there
// are others. Fetched for nothing, at the width one token needs.
void ExpertChooser::name_experts(std::int64_t layer, LayerChoice& out) {
  std::fill(taken_.begin(), taken_.end(), 0);
  std::size_t wrong = 0;
  for (Needed& needed : needed_) {
    needed.named = predictor_.uniform() < config_.prefetch_recall;
    wrong += needed.named ? 0 : 1;
    taken_[static_cast<std::size_t>(needed.expert)] = 1;
  }
  wrong = std::min(wrong, taken_.size() - needed_.size());
  const auto last = static_cast<std::int64_t>(taken_.size()) - 1;
  while (wrong > 0) {
    const auto expert = static_cast<std::size_t>(predictor_.uniform_int(0, last));
    if (taken_[expert] != 0) continue;
    taken_[expert] = 1;
    --wrong;
    const ExpertKey key = key_of(layer, static_cast<std::int32_t>(expert));
    if (hbm_.cache->contains(key)) continue;
    const bool in_dram = is_in_dram(key);
    const std::size_t planes = draw_planes(1);
    for (std::size_t i = 0; i < planes; ++i) move(in_dram, planes_[i].moved_bytes, out.prefetched);
  }
}

void ExpertChooser::choose(std::int64_t moe_layer, bool can_prefetch, LayerChoice& out) {
  out.clear();
  router_->route(first_token_, static_cast<std::int64_t>(next_token_ - first_token_), moe_layer,
                 loads_);
  look_up(moe_layer);
  if (dram_) dram_->history.begin_group();
  if (config_.prefetch_recall > 0 && can_prefetch) name_experts(moe_layer, out);
  std::sort(needed_.begin(), needed_.end(), [&](const Needed& a, const Needed& b) {
    if (config_.hottest_first && a.tokens != b.tokens) return a.tokens > b.tokens;
    return a.expert < b.expert;
  });
  for (const Needed& needed : needed_) place(key_of(moe_layer, needed.expert), needed, out);
}

std::vector<CacheCounts> ExpertChooser::cache_counts() const {
  std::vector<CacheCounts> counts;
  const auto add = [&](const Level& level) {
    counts.push_back({.cache = "experts",
                      .tier = level.name,
                      .accesses = level.accesses,
                      .hits = level.hits,
                      .evictions = level.cache->evictions(),
                      .bytes_in = level.bytes_in,
                      .offline_optimal_hits = level.history.optimal_hits(level.capacity)});
  };
  add(hbm_);
  if (dram_) add(*dram_);
  return counts;
}

}  // namespace headroom
