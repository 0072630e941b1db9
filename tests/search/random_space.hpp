// tests/search/random_space.hpp -- spaces to search, drawn from seeds: a sweep file each, as text.
#pragma once

#include <cstdint>
#include <string>

namespace headroom::test {

enum class SpaceKind {
  kLateKv,  // long answers: KV memory fills late in the trace, in some points and not in others
  kPrefixReuse,  // prompts share prefixes, which are in no cache at first
  kHardware,     // which card, how many, at what price
  kScheduling    // settings of the engine alone
};

struct RandomSpace {
  std::uint64_t seed = 0;
  SpaceKind kind = SpaceKind::kLateKv;
  std::string text;  // of the sweep file, `search:` included
};

RandomSpace random_space(std::uint64_t seed, SpaceKind kind);

}  // namespace headroom::test
