// sim/platform/platform.hpp -- the resources of a scenario that more than one thing can want at
// once, as a value. What only one stream ever uses is arithmetic and a timer and does not appear
// here (design: shared means SimGrid).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

using LinkId = std::uint32_t;     // index into Platform::links
using ComputeId = std::uint32_t;  // index into Platform::computes

// One direction of a wire, a DRAM controller, an SSD's read path: anything with a bandwidth that
// flows share max-min.
struct Link {
  std::string name;             // unique
  BytesPerSecond bandwidth{0};  // positive and finite
};

// One unit of anything that several activities may occupy at once, each then progressing at an
// equal share of its speed.
struct Compute {
  std::string name;  // unique
};

struct Platform {
  std::vector<Link> links;
  std::vector<Compute> computes;
};

// Throws InternalError, naming the resource, unless the names are unique and every bandwidth is
// positive and finite: a flow over a link without bandwidth would never end. (A user's bad number
// is refused earlier, where it is read.)
void check_platform(const Platform& platform);

}  // namespace headroom
