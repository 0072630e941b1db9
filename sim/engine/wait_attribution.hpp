// sim/engine/wait_attribution.hpp -- why the watched stream stood still. A gap before one of its
// operations is walked backwards from the start of that operation along whoever ended last: each
// stretch goes to the cause of the operation that was running then. The gap at the end is walked
// from the last end of the pass. Everything starts the moment its last predecessor ends, so a walk
// has no holes.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/engine/op_table.hpp"
#include "sim/engine/pass_dates.hpp"

namespace headroom {

// Adds to `waits` (by cause) all of [0, makespan) in which no operation of the watched stream ran.
void attribute_waits(const OpTable& table, const PassDates& dates, Duration makespan,
                     std::vector<Duration>& waits);

}  // namespace headroom
