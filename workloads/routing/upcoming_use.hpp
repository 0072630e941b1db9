// workloads/routing/upcoming_use.hpp -- when an expert is needed again: the future of a router, for
// a cache that knows it (Belady, IBM Systems Journal 5(2), 1966). Looks kLookahead tokens ahead;
// later than that is "never".
#pragma once

#include <cstdint>
#include <vector>

#include "workloads/routing/expert_router.hpp"

namespace headroom {

class UpcomingUse {
 public:
  static constexpr std::uint64_t kLookahead = 2048;  // tokens
  static constexpr std::uint64_t kNever = ~std::uint64_t{0};

  // The router must outlive this object.
  explicit UpcomingUse(const ExpertRouter& router);

  // The first token at or after `token` that visits this expert. `token` must not decrease from
  // call to call for one expert.
  std::uint64_t next(std::int64_t layer, std::int32_t expert, std::uint64_t token);

 private:
  struct Uses {
    std::vector<std::uint64_t> tokens;  // ascending
    std::size_t passed = 0;             // of them: before the last question
  };
  void look_ahead(std::uint64_t until);

  const ExpertRouter& router_;
  std::vector<Uses> uses_;  // layer * experts + expert
  std::vector<std::int32_t> chosen_;
  std::uint64_t known_until_ = 0;
};

}  // namespace headroom
