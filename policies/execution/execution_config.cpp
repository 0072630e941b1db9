#include "policies/execution/execution_config.hpp"

#include <array>

namespace headroom {

std::string_view name_of(Tier tier) {
  constexpr std::array<std::string_view, kTiers> kNames{"gpu", "dram", "ssd"};
  return kNames[static_cast<std::size_t>(tier)];
}

}  // namespace headroom
