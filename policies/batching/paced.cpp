#include "policies/batching/paced.hpp"

#include <algorithm>
#include <cmath>

namespace headroom {

void PacedAdmission::plan_iteration(BatchView& view, BatchPlan& plan) {
  if (rate_ <= 0) return scheduler_.plan_iteration(view, plan);
  credit_ += rate_;
  auto admitted = static_cast<std::int64_t>(std::floor(credit_));
  credit_ -= static_cast<double>(admitted);
  // An idle replica would never be asked again.
  if (view.sequences.running().empty()) admitted = std::max<std::int64_t>(admitted, 1);
  scheduler_.plan_iteration(view, plan, admitted);
  if (!view.sequences.waiting().empty()) plan.valid_for = IterationCount{1};
}

}  // namespace headroom
