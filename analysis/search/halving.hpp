// analysis/search/halving.hpp -- the best of many contenders by a metric under conditions, with a
// part of the simulated requests that trying all of them would take. Successive halving over the
// length of the trace (Jamieson, Talwalkar, "Non-stochastic best arm identification", AISTATS
// 2016), with what a simulator adds to it:
//   - what the limits of a contender refute is never simulated (metric_bounds.hpp);
//   - who goes on to a longer part is not who looks best now, but who could be best at the end, by
//     what longer runs have shown about the shorter ones so far (forecast.hpp);
//   - three fifths of the budget are for whole traces, and only a run of one can win.
#pragma once

#include <vector>

#include "analysis/search/contest.hpp"

namespace headroom {

// The objective is there in both; budget and method are not looked at in the first. Pre: at least
// one contender.
SearchOutcome search_exhaustively(const SearchGoal& goal, const std::vector<Contender>& contenders,
                                  const RunTraces& run);
// At most `goal.budget` of the requests of an exhaustive search, but at least one whole run where
// anything can run.
SearchOutcome search_by_halving(const SearchGoal& goal, const std::vector<Contender>& contenders,
                                const RunTraces& run);

}  // namespace headroom
