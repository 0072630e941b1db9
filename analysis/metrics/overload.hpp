// analysis/metrics/overload.hpp -- a queue that never settles: latencies then say how long the run was, not how the system is.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "sim/serving/request.hpp"

namespace headroom {

// A warning that starts with "overloaded: ", or nothing.
//
// The rule: cut the second half of the arrival period into four equal parts; the time-averaged number of waiting requests (arrived,
// not yet computed on) must rise from part to part, and from the first part to the last by more than 3 sqrt(n), where n is the
// number of requests that arrived between the middles of those two parts. An offered load above capacity by a fraction e
// adds n e / (1 + e), so it is seen once n is large enough; the queue of a stable system wanders by about sqrt(n) at most,
// and what is left of its warm-up is behind it. Meant for open-loop arrivals: a closed loop cannot overload,
// and when all arrive at once there is no trend (nothing is returned).
std::optional<std::string> overload_warning(std::span<const RequestOutcome> outcomes);

}  // namespace headroom
