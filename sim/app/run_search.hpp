// sim/app/run_search.hpp -- `headroom sweep` of a file with a `search:`.
#pragma once

#include <string>

#include "sim/app/exit_code.hpp"
#include "sim/app/standard_output.hpp"
#include "sim/app/sweep_runner.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

// Spaces of up to so many points are tried as a whole unless the file says otherwise.
inline constexpr std::size_t kSmallSpace = 12;

// Searches, records the whole runs, prints what was found. kExitUserError when nothing meets the
// conditions. Pre: plan.search; no database is open in this process. Throws Interrupted: what was
// recorded is found again by the next call.
ExitCode run_search(const SweepPlan& plan, const SweepRunOptions& options,
                    const std::string& database, OutputFormat format);

}  // namespace headroom
