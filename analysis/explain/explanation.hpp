// analysis/explain/explanation.hpp -- which resource is worth buying: the scenario is run again
// with each resource 10 % up, 10 % down and doubled, everything else equal.
//
// The elasticity of a metric is d log(metric) / d log(resource), as the central difference
// ln(m+ / m-) / ln(1.1 / 0.9): -1 is a time that halves when the resource doubles, 0 is a resource
// that does not matter. It is the share of the metric that the resource is answerable for at the
// margin; the elasticities of a time to all rates add up to -1 less its fixed part. The next
// bottleneck is what matters most once the resource that matters most has been doubled: its
// elasticities are measured there, too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/explain/resources.hpp"
#include "sim/record/run_record.hpp"

namespace headroom {

// What explaining looks at in a run.
struct Observation {
  RunMetrics metrics;
  std::vector<LedgerRow> ledger;
  std::vector<LimitRow> limits;
};
// Absent with the reason where the change cannot be: a tenth less memory may be too little.
struct Trial {
  std::optional<Observation> seen;
  std::string problem;
};
// Runs the scenario once per list of settings; one trial each, in order.
using RunTrials =
    std::function<std::vector<Trial>(const std::vector<std::vector<std::string>>& settings)>;

// Time of a ledger category per device, before and after.
struct LedgerChange {
  std::string category;
  double before_s = 0, after_s = 0;
};

// The scenario with one resource changed. Without `change` there is no such amount; without `seen`
// it could not be run.
struct Variation {
  std::optional<ResourceChange> change;
  std::optional<Observation> seen;
  std::string problem;
};

struct ResourceEffect {
  std::string resource, amount;
  Variation less, more, doubled;
};

struct Elasticity {
  double value = 0;
  std::string from;  // "±10 %"; "+10 %", "-10 %", "x2" where the others are not possible
};

struct Explanation {
  Observation base;
  std::vector<ResourceEffect> effects;  // in the order of resources_of
  std::string metric;
  // The resource with the largest gain in `metric` by its elasticity, if one has any, and the same
  // effects around it doubled (nothing is doubled again).
  std::optional<std::size_t> first;
  std::vector<ResourceEffect> after_first;
  std::optional<std::size_t> next;  // the largest gain there
};

// A gain of less than this is none: nothing to buy.
inline constexpr double kLeastElasticity = 0.02;

// Absent where the metric was not measured or is 0.
std::optional<Elasticity> elasticity(const Observation& base, const ResourceEffect& effect,
                                     const std::string& metric);
// The elasticity with the sign that makes more better.
double gain(const Elasticity& elasticity, const std::string& metric);
// Every category of either, largest change first. Empty when the two ledgers account for different
// resources.
std::vector<LedgerChange> ledger_change(const Observation& before, const Observation& after);

// `metric` is a column of run_metric; without it: tpot_mean_s where the offered load binds the run,
// output_tokens_per_s elsewhere. Throws UserError when the scenario itself cannot be run, or the
// run does not measure the metric.
Explanation explain(const std::vector<Resource>& resources, const std::vector<std::string>& pinned,
                    const std::optional<std::string>& metric, const RunTrials& run);

}  // namespace headroom
