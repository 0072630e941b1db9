// analysis/metrics/request_metrics.hpp -- what became of the requests, as the metrics of a run.
//
// The window [after, until], both ends included, decides what counts:
//   distributions   completed requests that arrived in it
//   SLO attainment  requests that arrived in it, completed or not
//   rates, goodput  requests that finished in it, over its length; their tokens count whole
//   totals          (requests, tokens, ...) the whole run
//
// The measures:
//   TTFT      end of the iteration that sampled token 1 - arrival;
//             the `queued` one counts from when the engine saw the request
//   TPOT      (finish - first token) / (output tokens - 1); one output token has none
//   ITL       gaps between tokens, those of preemption included, from a histogram:
//             percentiles within 0.78 %, mean exact
//   E2E       finish - arrival
//   queueing  start of the first iteration that computed any of it - arrival
//   SLO       met when every threshold is (<=); a rejected request misses it, one that the
//             client cancelled is not judged
//
// The same in SQL: sim/record/views.sql. A test holds the two equal.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/serving/latency_histogram.hpp"
#include "sim/serving/request.hpp"
#include "sim/serving/slo.hpp"

namespace headroom {

struct MetricsInput {
  std::span<const RequestOutcome> outcomes = {};
  const LatencyHistogram* itl = nullptr;  // gaps that end in the window; null: no ITL
  TimePoint makespan{0};                  // end of the run
  Seconds measure_after{0};
  std::optional<Seconds> measure_until = {};  // absent: the makespan
  // By RequestOutcome::class_id; a class that is absent or beyond the end is not judged.
  std::vector<std::optional<Slo>> slo_of_class = {};
};

// Fills what requests and gaps determine. `iterations`, the KV fields, `binding_resource` and
// `attained_fraction` are left at their defaults for the caller. Never a NaN: a rate over an empty
// window is 0, a distribution of nothing is absent.
RunMetrics request_metrics(const MetricsInput& input);

// The SLO that requests of each class are judged by: the class's own, else the general one.
// Throws UserError when an SLO names a class that no request has.
std::vector<std::optional<Slo>> slo_of_classes(std::span<const std::string> classes,
                                               const std::optional<Slo>& general,
                                               std::span<const ClassSlo> own);

}  // namespace headroom
