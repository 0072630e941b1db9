// tests/invariants/random_scenario.hpp -- small serving scenarios drawn at random, most of them
// short of KV blocks.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "tests/support/small_run.hpp"

namespace headroom::test {

using FeatureCounts = std::map<std::string, std::int64_t>;

// Scenario `number` of the family; the same number is the same scenario for ever. Counts what it
// has in it.
SmallRun random_scenario(std::uint64_t number, FeatureCounts& features);

}  // namespace headroom::test
