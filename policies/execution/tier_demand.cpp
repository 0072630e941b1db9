#include "policies/execution/tier_demand.hpp"

namespace headroom {

Bytes TierDemand::total(Tier tier) const {
  Bytes sum{0};
  for (const auto& use : uses)
    if (use.tier == tier) sum += use.bytes;
  return sum;
}

}  // namespace headroom
