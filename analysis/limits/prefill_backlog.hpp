// analysis/limits/prefill_backlog.hpp -- how many requests can have their first token in time, when
// prompts arrive faster than arithmetic can take them, whatever the policy. Those that have it v
// after their arrival, or sooner, have it v after the last arrival at the latest; from the first
// arrival to then all GPUs together compute no more than peak x time, and the cheapest prompts to
// choose are the shortest. So with w the seconds of arithmetic of a prompt on one GPU (its unshared
// tokens), sorted, and R replicas:
//   m requests within v   =>   w_1 + ... + w_m <= R x (last arrival - first arrival + v)
#pragma once

#include <cstdint>
#include <vector>

#include "analysis/limits/work_totals.hpp"
#include "hwmodels/compute/work_rates.hpp"

namespace headroom {

class PrefillBacklog {
 public:
  // Of the requests for which `counts` is true: those that can run and are measured. Open loop:
  // arrivals do not wait for the machine.
  PrefillBacklog(const RequestTable& table, const WorkTotals& work, const WorkRates& rates,
                 const std::vector<bool>& counts, std::int64_t replicas);

  // No policy brings the `fraction` quantile of TTFT below this (numpy's linear interpolation).
  double ttft_quantile_s(double fraction) const;
  // At most this share has its first token within `ttft_s`.
  double share_within(double ttft_s) const;

 private:
  std::vector<double> work_s_;  // of the m shortest prompts, m = 1, 2, ...
  double arrivals_s_ = 0;       // from the first to the last
};

}  // namespace headroom
