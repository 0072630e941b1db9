#include "hwmodels/measured/measurement.hpp"

namespace headroom {

std::string_view name_of(Generation generation) {
  return generation == Generation::kCurrent ? "current" : "2023";
}

}  // namespace headroom
