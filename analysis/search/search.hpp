// analysis/search/search.hpp -- finds the best of many scenarios without simulating all of them:
// every candidate is loaded (memories that are too small end it there) and estimated, the best few
// estimates are simulated, and every other one leaves with the reason why it lost. What a candidate
// is, how it is loaded and how it is simulated comes from the caller.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/search/estimate.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

// Settings as `--set` takes them: "system.micro_batch_size=36".
using Settings = std::vector<std::string>;

struct SimulatedPoint {
  double output_tokens_per_s = 0;
  double tpot_mean_s = 0;  // 0: every request has one output token
  double attained_fraction = 0;
  std::string largest_wait;  // a ledger category
};

enum class Fate {
  kFront,        // simulated; no other is both faster and quicker per token
  kDominated,    // simulated; another is at least as good in both
  kFailed,       // could not be simulated
  kRankedLower,  // estimated below those that were simulated
  kRefused       // the scenario is not valid: as a rule, something does not fit into a memory
};
std::string_view name_of(Fate fate);  // "front", "dominated", ...

struct SearchEntry {
  Settings settings;
  Fate fate = Fate::kRankedLower;
  std::optional<Estimate> estimate;
  std::optional<SimulatedPoint> simulated;
  std::string reason;  // why it lost; "" on the front
};

struct SearchTasks {
  // Throws ConfigError or UserError for settings that cannot be.
  std::function<Scenario(const Settings&)> load;
  // One point each, in order; absent with a reason where a run failed.
  struct Attempt {
    std::optional<SimulatedPoint> point;
    std::string problem;
  };
  std::function<std::vector<Attempt>(const std::vector<Settings>&)> simulate;
  // Asked after every estimate; throws to end the search.
  std::function<void(std::size_t done, std::size_t all)> on_progress;
};

// Front first (by throughput, highest first), then the dominated, failed, lower ranked (by
// estimate) and refused ones. Ties keep the order of `candidates`.
std::vector<SearchEntry> search(const std::vector<Settings>& candidates, const SearchTasks& tasks,
                                std::size_t simulated);

}  // namespace headroom
