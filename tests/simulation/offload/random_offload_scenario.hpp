// tests/simulation/offload/random_offload_scenario.hpp -- scenarios with a system drawn from a
// seed: every registered system, machines from one link to another an order of magnitude apart,
// tens of requests, KV memory that is often too small for all of them.
#pragma once

#include <cstdint>
#include <string>

namespace headroom::test {

// A scenario as text. Some do not fit their machine: loading those throws ConfigError.
std::string random_offload_scenario(std::uint64_t seed);

}  // namespace headroom::test
