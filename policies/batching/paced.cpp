#include "policies/batching/paced.hpp"

#include <algorithm>
#include <cmath>

namespace headroom {

void PacedAdmission::plan_iteration(BatchView& view, BatchPlan& plan) {
  SequencePool& sequences = view.sequences;
  if (rate_ <= 0) return scheduler_.plan_iteration(view, plan);
  // What memory refused is made up for in the next iteration; no more, or a long shortage would end
  // in a burst.
  credit_ = std::min(credit_, std::max(1.0, rate_)) + rate_;
  // An idle replica would never be asked again.
  if (sequences.running().empty()) credit_ = std::max(credit_, 1.0);
  const std::size_t waiting = sequences.waiting().size();
  scheduler_.plan_iteration(view, plan, static_cast<std::int64_t>(std::floor(credit_)));
  const std::size_t left = sequences.waiting().size() - plan.preempted.size();
  credit_ -= static_cast<double>(waiting - left);
  if (left > 0) plan.valid_for = IterationCount{1};
}

}  // namespace headroom
