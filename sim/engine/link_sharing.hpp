// sim/engine/link_sharing.hpp -- which links of a graph more than one flow can be held back by, so
// that only those become SimGrid's business.
//
// A link is left out when the streams that cross it cannot fill it: each stream runs one operation
// at a time, the parts of an operation side by side, a part is no faster than the narrowest other
// link of its route, and streams that all come through one other link no faster together than that
// link (the copies over one PCIe port, on their way to DRAM). Links are left out one after the
// other, the widest first, and one that is out holds nobody back any more: each time, the rates
// that the links still in allow never make this one bind, so dropping it changes no rate, and so
// neither do all drops together.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/graph/op_graph.hpp"

namespace headroom {

enum class LinkUse : std::uint8_t {
  kNeverFull,   // holds back nobody, whatever runs beside
  kOneAtATime,  // one stream, one part of each of its operations: never two flows at once
  kShared
};

// By link. A link that nothing crosses is never full.
std::vector<LinkUse> classify_links(const OpGraph& graph);

}  // namespace headroom
