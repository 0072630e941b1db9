// analysis/limits/offload_rows.hpp -- bounds of an offload system as rows: by resource, what must
// grow, and the published models of the system.
#pragma once

#include <vector>

#include "analysis/limits/offload_limits.hpp"
#include "analysis/limits/resource_bounds.hpp"

namespace headroom {

// Names of rows that hold for every schedule: "resource", "offered", "binding", "saturation",
// "passes", "concurrency"; of advice: "must_grow", "then_grow"; everything else is a published
// model.
std::vector<LimitRow> offload_rows(const OffloadLimitsInput& input, const Limits& limits,
                                   const ResourceBounds& bounds);

}  // namespace headroom
