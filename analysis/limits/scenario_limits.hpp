// analysis/limits/scenario_limits.hpp -- the limits of a scenario, whichever kind it is.
#pragma once

#include "analysis/limits/limits.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

// Pre: `model` and `table` are those of the scenario, which fits into its memories.
Limits scenario_limits(const Scenario& scenario, const LoweredModel& model,
                       const RequestTable& table);

// No request is served faster by any policy: as if each had a machine to itself, its shareable
// prefix cached. By request: arrival, first token, finish; a request that the engine must reject is
// kRejected. Seconds to the last digit that a simulation rounds (half a nanosecond per iteration).
std::vector<RequestOutcome> alone_outcomes(const Scenario& scenario, const LoweredModel& model,
                                           const RequestTable& table, const WorkTotals& work);

}  // namespace headroom
