#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"
#include "workloads/routing/expert_router.hpp"

namespace headroom {
namespace {

// Draws in O(1) from given weights (Walker 1977; Vose, IEEE TSE 17(9), 1991).
class AliasTable {
 public:
  explicit AliasTable(const std::vector<double>& weights) : columns_(weights.size()) {
    const double mean =
        std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
    std::vector<double> height;
    std::vector<std::uint32_t> small, large;
    for (std::uint32_t i = 0; i < weights.size(); ++i) {
      height.push_back(weights[i] / mean);
      columns_[i] = {std::numeric_limits<std::uint32_t>::max(), i};
      (height[i] < 1 ? small : large).push_back(i);
    }
    while (!small.empty() && !large.empty()) {
      const std::uint32_t low = small.back(), high = large.back();
      small.pop_back();
      columns_[low] = {static_cast<std::uint32_t>(height[low] * 0x1p32), high};
      height[high] -= 1 - height[low];
      if (height[high] >= 1) continue;
      large.pop_back();
      small.push_back(high);
    }
  }

  std::int32_t draw(RandomStream& random) const {
    const std::uint64_t bits = random.next_bits();
    const auto column = static_cast<std::uint32_t>(((bits >> 32) * columns_.size()) >> 32);
    const Column& c = columns_[column];
    const bool own = static_cast<std::uint32_t>(bits) <= c.threshold;
    return static_cast<std::int32_t>(own ? column : c.alias);
  }

 private:
  struct Column {
    std::uint32_t threshold = 0, alias = 0;
  };
  std::vector<Column> columns_;
};

std::vector<double> zipf_weights(std::int64_t experts, double exponent) {
  std::vector<double> weights;
  for (std::int64_t rank = 1; rank <= experts; ++rank)
    weights.push_back(std::pow(static_cast<double>(rank), -exponent));
  return weights;
}

// Rosen's approximation; t by bisection, the sum grows with it.
std::vector<double> inclusion_probabilities(const std::vector<double>& weights, std::int64_t k) {
  const auto wanted = static_cast<double>(k);
  std::vector<double> p(weights.size(), 1.0);
  if (static_cast<std::size_t>(k) == weights.size()) return p;
  const auto sum_at = [&](double t) {
    double sum = 0;
    for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] = -std::expm1(-weights[i] * t);
    return sum;
  };
  double low = 0, high = 1;
  while (sum_at(high) < wanted) high *= 2;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (sum_at(middle) < wanted ? low : high) = middle;
  }
  const double scale = wanted / sum_at(high);
  for (double& probability : p) probability = std::min(1.0, probability * scale);
  return p;
}

// Successes of `trials`. By inversion where few of either outcome are expected, else the normal
// approximation, rounded.
std::int64_t draw_binomial(std::int64_t trials, double probability, RandomStream& random) {
  if (trials <= 0 || probability <= 0) return 0;
  if (probability >= 1) return trials;
  if (probability > 0.5) return trials - draw_binomial(trials, 1 - probability, random);
  const auto n = static_cast<double>(trials);
  const double mean = n * probability;
  constexpr double kFew = 25;
  if (mean > kFew) {
    const double drawn = mean + std::sqrt(mean * (1 - probability)) * random.normal();
    return std::clamp<std::int64_t>(std::llround(drawn), 0, trials);
  }
  const double odds = probability / (1 - probability);
  double mass = std::exp(n * std::log1p(-probability));
  double left = random.uniform() - mass;
  std::int64_t successes = 0;
  while (left > 0 && successes < trials) {
    mass *= odds * static_cast<double>(trials - successes) / static_cast<double>(successes + 1);
    left -= mass;
    ++successes;
  }
  return successes;
}

class DrawnRouter final : public ExpertRouter {
 public:
  DrawnRouter(const RoutingShape& shape, const DrawnRouting& routing)
      : ExpertRouter(shape),
        affinity_(routing.affinity),
        seed_(routing.seed),
        weights_(zipf_weights(shape.experts, routing.zipf_exponent)),
        by_weight_(weights_),
        probabilities_(inclusion_probabilities(weights_, shape.experts_per_token)) {
    HEADROOM_CHECK(routing.zipf_exponent >= 0 && routing.affinity >= 0 && routing.affinity <= 1,
                   "exponent >= 0 and affinity in [0, 1], got ", routing.zipf_exponent, " and ",
                   routing.affinity);
    RandomStream random(routing.seed, "expert_ranks");
    std::vector<std::int32_t> order(static_cast<std::size_t>(shape.experts));
    std::iota(order.begin(), order.end(), 0);
    for (std::int64_t layer = 0; layer < shape.layers; ++layer) {
      for (std::size_t i = order.size(); i > 1; --i)
        std::swap(order[i - 1], order[static_cast<std::size_t>(
                                    random.uniform_int(0, static_cast<std::int64_t>(i) - 1))]);
      expert_of_rank_.insert(expert_of_rank_.end(), order.begin(), order.end());
    }
  }

  void experts_of(std::uint64_t token, std::int64_t layer,
                  std::span<std::int32_t> experts) const override {
    std::int64_t drawn_in = layer;
    while (drawn_in > 0 && affinity_ > 0 &&
           stream_of(token, drawn_in, "affinity").uniform() < affinity_)
      --drawn_in;
    draw_ranks(stream_of(token, drawn_in, "experts"), experts);
    for (std::int32_t& place : experts) place = expert_at(layer, place);
  }

  std::vector<double> visit_probabilities(std::int64_t layer) const override {
    std::vector<double> by_expert(probabilities_.size());
    for (std::size_t rank = 0; rank < probabilities_.size(); ++rank)
      by_expert[static_cast<std::size_t>(expert_at(layer, static_cast<std::int32_t>(rank)))] =
          probabilities_[rank];
    return by_expert;
  }

 protected:
  void count_many(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
                  std::span<std::int32_t> counts) override {
    RandomStream random = stream_of(first_token, layer, "many");
    std::int64_t visits = tokens * shape().experts_per_token;
    auto experts_left = static_cast<std::int64_t>(probabilities_.size());
    auto mass_left = static_cast<double>(shape().experts_per_token);
    for (std::size_t rank = 0; rank < probabilities_.size(); ++rank) {
      --experts_left;
      const double share = experts_left == 0 ? 1.0 : probabilities_[rank] / mass_left;
      const std::int64_t least = std::max<std::int64_t>(0, visits - tokens * experts_left);
      const std::int64_t drawn = std::clamp(draw_binomial(visits, share, random), least,
                                            std::max(least, std::min(tokens, visits)));
      counts[static_cast<std::size_t>(expert_at(layer, static_cast<std::int32_t>(rank)))] =
          static_cast<std::int32_t>(drawn);
      visits -= drawn;
      mass_left -= probabilities_[rank];
    }
  }

 private:
  RandomStream stream_of(std::uint64_t token, std::int64_t layer, const char* purpose) const {
    const auto layers = static_cast<std::uint64_t>(shape().layers);
    return {mix_bits(seed_) + token * layers + static_cast<std::uint64_t>(layer), purpose};
  }

  std::int32_t expert_at(std::int64_t layer, std::int32_t rank) const {
    return expert_of_rank_[static_cast<std::size_t>(layer * shape().experts + rank)];
  }

  // A rank drawn before is drawn again: that is drawing from those that are left. When most of the
  // weight is taken this takes too long, and those left are walked.
  void draw_ranks(RandomStream random, std::span<std::int32_t> ranks) const {
    constexpr int kTries = 8;
    for (std::size_t drawn = 0; drawn < ranks.size(); ++drawn) {
      const auto taken = ranks.first(drawn);
      std::int32_t rank = by_weight_.draw(random);
      int tries = 1;
      while (tries < kTries && is_in(taken, rank)) {
        rank = by_weight_.draw(random);
        ++tries;
      }
      ranks[drawn] = is_in(taken, rank) ? walk_untaken(taken, random) : rank;
    }
  }

  static bool is_in(std::span<const std::int32_t> ranks, std::int32_t rank) {
    return std::find(ranks.begin(), ranks.end(), rank) != ranks.end();
  }

  std::int32_t walk_untaken(std::span<const std::int32_t> taken, RandomStream& random) const {
    double left = 0;
    const auto all = static_cast<std::int32_t>(weights_.size());
    for (std::int32_t rank = 0; rank < all; ++rank)
      if (!is_in(taken, rank)) left += weights_[static_cast<std::size_t>(rank)];
    left *= random.uniform();
    std::int32_t last = 0;
    for (std::int32_t rank = 0; rank < all; ++rank) {
      if (is_in(taken, rank)) continue;
      last = rank;
      left -= weights_[static_cast<std::size_t>(rank)];
      if (left <= 0) break;
    }
    return last;
  }

  double affinity_;
  std::uint64_t seed_;
  std::vector<double> weights_;  // by rank
  AliasTable by_weight_;
  std::vector<double> probabilities_;         // by rank
  std::vector<std::int32_t> expert_of_rank_;  // layer * experts + rank
};

}  // namespace

std::unique_ptr<ExpertRouter> make_drawn_router(const RoutingShape& shape,
                                                const DrawnRouting& routing) {
  return std::make_unique<DrawnRouter>(shape, routing);
}

}  // namespace headroom
