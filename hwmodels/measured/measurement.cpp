#include "hwmodels/measured/measurement.hpp"

#include <array>

namespace headroom {

std::string_view name_of(Generation generation) {
  constexpr std::array<std::string_view, 3> kNames{"current", "2023", "eager"};
  return kNames[static_cast<std::size_t>(generation)];
}

}  // namespace headroom
