// analysis/timeline/timeline_trace.hpp -- what was recorded of a run as a trace: a process for each
// replica with its iterations, the streams of its passes and its counters, and one for requests.
//
//   replica 0      iterations           prefill | decode | mixed, one after the other
//                  gpu, weights_in, ... operations of a pass by stream: computing, transfers,
//                                       collectives, attention on the CPU
//                  running, waiting, KV blocks (counters)
//   requests       request              queued, prefill, decode; preempted within them
//
// Too much for max_events: each of iterations, operations and requests has a third, and what one
// does not need the others may have. Requests are then every n-th in order of arrival.
#pragma once

#include <cstdint>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "analysis/timeline/timeline_recorder.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

// Of the run that is shown.
struct TimelineRun {
  std::int64_t run_id = 0;
  std::string name, code_version, device;  // device: of a replica, as people call it
  std::int64_t seed = 0;
  std::int64_t kv_blocks = 0;  // of a replica
  Duration makespan{0};
  std::span<const RequestOutcome> outcomes;
  std::span<const std::string> classes;  // that class ids point into
};

struct TimelineSummary {
  std::int64_t events = 0;  // besides the names of tracks: at most max_events
  std::int64_t iterations = 0, iteration_slices = 0;
  std::int64_t passes = 0, passes_shown = 0, operations = 0;
  std::int64_t requests = 0, requests_shown = 0;
  std::vector<std::string> left_out;  // a sentence for each thing; also in the trace's metadata
};

// Thins what the recorder holds. What `out` cannot take is seen in its state.
TimelineSummary write_timeline(TimelineRecorder& recorder, const TimelineRun& run,
                               std::ostream& out);

}  // namespace headroom
