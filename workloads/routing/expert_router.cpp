#include "workloads/routing/expert_router.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {

ExpertRouter::ExpertRouter(const RoutingShape& shape)
    : shape_(shape),
      counts_(static_cast<std::size_t>(shape.experts)),
      chosen_(static_cast<std::size_t>(shape.experts_per_token)) {
  HEADROOM_CHECK(
      shape.layers > 0 && shape.experts_per_token > 0 && shape.experts_per_token <= shape.experts,
      "a token visits some of the experts, got ", shape.experts_per_token, " of ", shape.experts,
      " in ", shape.layers, " layers");
}

void ExpertRouter::count_singly(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
                                std::span<std::int32_t> counts) {
  for (std::int64_t i = 0; i < tokens; ++i) {
    experts_of(first_token + static_cast<std::uint64_t>(i), layer, chosen_);
    for (const std::int32_t expert : chosen_) ++counts[static_cast<std::size_t>(expert)];
  }
}

void ExpertRouter::count_many(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
                              std::span<std::int32_t> counts) {
  count_singly(first_token, tokens, layer, counts);
}

void ExpertRouter::route(std::uint64_t first_token, std::int64_t tokens, std::int64_t layer,
                         std::vector<ExpertLoad>& loads) {
  loads.clear();
  if (tokens == 1) {  // interactive decode: no need to look at every expert
    experts_of(first_token, layer, chosen_);
    std::sort(chosen_.begin(), chosen_.end());
    for (const std::int32_t expert : chosen_) loads.push_back({expert, 1});
    return;
  }
  std::fill(counts_.begin(), counts_.end(), 0);
  if (tokens <= kSingleTokens)
    count_singly(first_token, tokens, layer, counts_);
  else
    count_many(first_token, tokens, layer, counts_);
  for (std::size_t e = 0; e < counts_.size(); ++e)
    if (counts_[e] > 0) loads.push_back({static_cast<std::int32_t>(e), counts_[e]});
}

}  // namespace headroom
