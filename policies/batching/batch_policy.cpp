#include "policies/batching/batch_policy.hpp"

namespace headroom {

void BatchPlan::clear() {
  slots.clear();
  preempted.clear();
  limited_by = BatchLimit::kOfferedLoad;
  valid_for = IterationCount{1};
  wake_up = TimePoint{std::numeric_limits<std::int64_t>::max()};
}

}  // namespace headroom
