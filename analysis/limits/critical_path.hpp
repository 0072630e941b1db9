// analysis/limits/critical_path.hpp -- the shortest time one request can take, alone on the
// machine.
#pragma once

#include "analysis/limits/work_totals.hpp"
#include "hwmodels/compute/iteration_cost.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/serving/request.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

class SoloPath {
 public:
  // Pre: both outlive this object.
  SoloPath(const LoweredModel& model, const OpTimeModel& roofline, const GpuSpec& gpu);
  // The prompt, less `cached` tokens, in one iteration; then one iteration per further token. A
  // chunked or batched run cannot be faster: op times are subadditive in tokens and grow with
  // contexts. Pre: output >= 1.
  double seconds(std::int64_t prompt, std::int64_t cached, std::int64_t output) const;
  double prefill_seconds(std::int64_t prompt, std::int64_t cached) const;
  double decode_seconds(std::int64_t prompt, std::int64_t decodes) const;  // all together
  // "compute" or "hbm": what more of the time goes to.
  const char* prefill_bound(std::int64_t prompt) const;
  const char* decode_bound(std::int64_t prompt) const;

 private:
  BatchSummary prefill_batch(std::int64_t prompt, std::int64_t cached) const;
  BatchSummary decode_batch(std::int64_t prior) const;
  const char* bound_of(const BatchSummary& batch) const;

  const LoweredModel& model_;
  const OpTimeModel& roofline_;
  IterationCost cost_;
};

// The largest arrival + critical path over all requests: a run lasts at least that long.
double offered_limit_s(const LoweredModel& model, const OpTimeModel& roofline, const GpuSpec& gpu,
                       const RequestTable& table, const WorkTotals& work, const WorkRules& rules);

}  // namespace headroom
