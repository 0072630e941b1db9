// sim/sweep/load_sweep.hpp -- a sweep file to a plan. Keys: README, "Sweeps, searches and
// pictures".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

// A plan has at most so many points; larger products are sampled.
inline constexpr std::int64_t kMostSweepPoints = 1'000'000;

// Reads the sweep, its base, and checks everything that can be checked without loading the
// scenarios of the points: syntax, ranges, names in constraints, keys that two axes set. Loads the
// scenario of the base with the first value of each axis. `overrides` ("key=value") change the
// base, after `set:`. Throws ConfigError with all that is wrong.
SweepPlan load_sweep(const std::string& path, const std::vector<std::string>& overrides = {});
// The same for a text that is shown as `file` in messages; relative paths start at
// `base_directory`.
SweepPlan load_sweep_text(std::string_view text, const std::string& file,
                          const std::string& base_directory,
                          const std::vector<std::string>& overrides = {});

}  // namespace headroom
