// analysis/search/system_space.hpp -- what `headroom optimize` may vary about a system: the keys
// that its traits say it has. Memory is a hard limit: for every batch the largest share of weights
// (or of experts) that the GPU holds beside it is found by bisection, and what then does not fit is
// no candidate that could win by being slower.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "analysis/search/search.hpp"

namespace headroom {

// Sizes worth trying up to `most`: powers of two to 8, then steps of about a half, multiples of 4;
// `most` itself is among them.
std::vector<std::int64_t> batch_sizes(std::int64_t most);

// All candidates of a scenario, each a list of settings over it; the scenario as it stands (no
// settings) is the first. Pre: scenario.offload.
std::vector<Settings> system_candidates(const Scenario& scenario);

}  // namespace headroom
