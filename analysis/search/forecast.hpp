// analysis/search/forecast.hpp -- what the whole trace would make of a contender of which a part
// was simulated. Short runs flatter or wrong: KV memory has not filled yet, prefixes are not cached
// yet, queues have not built up. How a metric changed from a part to a longer one is known of those
// that were run for longer; it is expected of the others by how much they have in common: each
// coordinate in which two differ divides the weight by three, and counts half where their runs have
// been the same so far. A forecast also says what could be hoped for: the best change that was seen
// of anybody, the more so the less is known of its like.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "analysis/search/contest.hpp"

namespace headroom {

enum class View { kExpected, kHopeful };

class Forecast {
 public:
  // Pre: `contest` outlives this object and does not change as long as it does.
  // `doubt` 0: hope is what is expected; 1: what the best of the others did; more: beyond that.
  Forecast(const Contest& contest, double doubt);

  // Of all metrics of the goal, as far as they can be told; what was simulated to the end is as it
  // was, what was not simulated at all is at its limit.
  MetricValues of(std::size_t contender, View view) const;

 private:
  struct Change {
    double expected = 0, hopeful = 0;  // logarithms of ratios
  };
  Change change(std::size_t contender, const std::string& metric, int from) const;
  double likeness(std::size_t a, std::size_t b, int level) const;
  bool wants_more(const std::string& metric) const;

  const Contest& contest_;
  double doubt_;
  std::vector<std::string> metrics_;
};

}  // namespace headroom
