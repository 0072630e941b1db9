// analysis/explain/limit_agreement.hpp -- do the measured elasticities and the limits, which know
// nothing of the run, name the same resource? They have to where one resource binds the run: it
// attains nearly all of one limit. Where it attains little of every limit, what matters is between
// the limits (queueing, batches that memory keeps small, waiting in turn), and they need not agree.
#pragma once

#include <optional>
#include <string>

#include "analysis/explain/explanation.hpp"

namespace headroom {

// A run that attains this much of a limit is bound by it.
inline constexpr double kBoundFraction = 0.9;

enum class Agreement {
  kAgree,        // bound by one resource, and the makespan hangs on that resource most
  kDisagree,     // bound by one resource, and the makespan hangs on another
  kOfferedLoad,  // bound by its arrivals: no resource shortens it
  kNotBound      // attains less than kBoundFraction of every limit
};

struct LimitComparison {
  Agreement agreement = Agreement::kNotBound;
  std::string limit_resource;  // of the tightest limit: "hbm", "pcie_h2d", "offered_load"
  double attained_fraction = 0;
  // What the makespan hangs on most, and how much (a positive gain); absent when on nothing.
  std::optional<std::string> measured_resource;
  double makespan_gain = 0;
};

LimitComparison compare_with_limits(const Explanation& explanation);

// The resource that can be bought more of when the limits name this one: "hbm_bandwidth" for "hbm".
// Empty for those that are no resource ("offered_load").
std::string bought_for(const std::string& limit_resource);

}  // namespace headroom
