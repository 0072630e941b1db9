#include "workloads/routing/upcoming_use.hpp"

namespace headroom {

UpcomingUse::UpcomingUse(const ExpertRouter& router)
    : router_(router),
      uses_(static_cast<std::size_t>(router.shape().layers * router.shape().experts)),
      chosen_(static_cast<std::size_t>(router.shape().experts_per_token)) {}

void UpcomingUse::look_ahead(std::uint64_t until) {
  for (; known_until_ < until; ++known_until_) {
    for (std::int64_t layer = 0; layer < router_.shape().layers; ++layer) {
      router_.experts_of(known_until_, layer, chosen_);
      for (const std::int32_t expert : chosen_)
        uses_[static_cast<std::size_t>(layer * router_.shape().experts + expert)].tokens.push_back(
            known_until_);
    }
  }
}

std::uint64_t UpcomingUse::next(std::int64_t layer, std::int32_t expert, std::uint64_t token) {
  // Half a window at a time: always at least that much is known.
  if (token + kLookahead / 2 > known_until_) look_ahead(token + kLookahead);
  Uses& uses = uses_[static_cast<std::size_t>(layer * router_.shape().experts + expert)];
  while (uses.passed < uses.tokens.size() && uses.tokens[uses.passed] < token) ++uses.passed;
  if (uses.passed > kLookahead / 2 || uses.passed == uses.tokens.size()) {
    uses.tokens.erase(uses.tokens.begin(),
                      uses.tokens.begin() + static_cast<std::ptrdiff_t>(uses.passed));
    uses.passed = 0;
  }
  return uses.tokens.empty() ? kNever : uses.tokens[uses.passed];
}

}  // namespace headroom
