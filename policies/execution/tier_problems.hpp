// policies/execution/tier_problems.hpp -- what to say about a memory that is too small: what does
// not fit, and for every key that would help the value nearest to the one given that does. The
// values are found by trying them, so that they are right whatever the key moves along.
#pragma once

#include <string>
#include <vector>

#include "policies/execution/tier_demand.hpp"

namespace headroom {

// Empty when everything fits.
std::vector<TierProblem> tier_problems(const TierDemandInput& input, const TierDemand& demand);

std::string gigabytes(Bytes bytes);  // "301.2 GB": four digits, nearest
// "301.3 GB": the least of four digits that is not less.
std::string gigabytes_at_least(Bytes bytes);

}  // namespace headroom
