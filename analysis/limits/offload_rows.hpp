// analysis/limits/offload_rows.hpp -- bounds of an offload system as rows: by resource, what must
// grow, and the published models of the system.
#pragma once

#include <vector>

#include "analysis/limits/offload_limits.hpp"
#include "analysis/limits/resource_bounds.hpp"

namespace headroom {

// Rows that hold for every schedule: "passes", "resource", "offered", "binding", "saturation",
// "concurrency", "moe_lens_stage1_g_passes"; advice: "must_grow" (by itself) and "then_grow" (with
// what bound before it out of the way); everything else is a published model.
std::vector<LimitRow> offload_rows(const OffloadLimitsInput& input, const Limits& limits,
                                   const ResourceBounds& bounds);

// Of offload_rows: a prediction for comparison, neither bound nor advice.
bool is_published_model(const LimitRow& row);
bool is_advice(const LimitRow& row);

}  // namespace headroom
