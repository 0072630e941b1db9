// sim/platform/platform.hpp -- the resources of a scenario that more than one thing can want at once, as a value.
// What only one stream ever uses is arithmetic and a timer and does not appear here (design: shared means SimGrid).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

using LinkId = std::uint32_t;     // index into Platform::links
using ComputeId = std::uint32_t;  // index into Platform::computes

// One direction of a wire, a DRAM controller, an SSD's read path: anything with a bandwidth that flows share max-min.
struct Link {
  std::string name;               // unique
  BytesPerSecond bandwidth{0};
};

struct Compute {
  std::string name;               // unique
};

struct Platform {
  std::vector<Link> links;
  std::vector<Compute> computes;
};

}  // namespace headroom
