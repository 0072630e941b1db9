// analysis/limits/limits.hpp -- what the hardware would allow for a serving scenario, without
// simulating it. Data-sheet peaks, no efficiency, no launch. Each bound holds for every policy and
// is computed from counts:
//   ideal     work that no policy avoids / capacity of all devices, memory and batch unlimited;
//   capacity  the same with the batch at most what KV blocks, max_num_seqs and
//   max_num_batched_tokens allow; offered   arrival of a request plus its own critical path, alone
//   on the machine (open loop only).
// Source: Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009; definitions in the README,
// "Limits".
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/limits/work_totals.hpp"
#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/compute/work_rates.hpp"
#include "sim/record/run_record.hpp"
#include "sim/serving/request.hpp"
#include "sim/serving/serving_config.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

struct LimitsInput {
  const LoweredModel& model;
  const GpuSpec& gpu;
  const ServingConfig& serving;
  const RequestTable& table;
  std::int64_t replicas = 1;
  std::int64_t kv_blocks = 0;  // usable, per replica
  std::int64_t max_model_len = 0;
};

struct Limits {
  WorkTotals work;
  double ideal_compute_s = 0, ideal_hbm_s = 0;
  double capacity_hbm_s = 0;        // never below ideal_hbm_s; compute does not depend on the batch
  std::optional<double> offered_s;  // absent in a closed loop
  std::string hardware_bound;       // "compute" or "hbm": the tighter of the two at capacity
  std::string binding_resource;     // the same, or "offered_load"
  double makespan_s = 0;            // the largest of all: no run is shorter
  // Rates at which the hardware is saturated: work / its time in batches as full as the limits
  // allow. They do not depend on how long the run is, and so leave out that the longest output
  // takes its steps one by one.
  std::string saturation_bound;  // "compute" or "hbm"
  std::optional<double> saturation_requests_per_s, saturation_output_tokens_per_s,
      saturation_total_tokens_per_s;
  double concurrent_sequences = 0;  // that KV memory holds at the mean length, per replica
  std::vector<LimitRow> rows;       // all of it, each with its formula
};

Limits compute_limits(const LimitsInput& input);

// Largest of the limits over the makespan, in [0, 1]; 0 for a run that served nothing.
// InternalError above 1: a run that beats its limit is our bug (rounding of half a nanosecond per
// iteration aside).
double attained_fraction(const Limits& limits, double makespan_s, std::int64_t iterations);

}  // namespace headroom
