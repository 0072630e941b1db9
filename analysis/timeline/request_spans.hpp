// analysis/timeline/request_spans.hpp -- the life of a request as spans that lie within each other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "analysis/timeline/timeline_recorder.hpp"
#include "analysis/timeline/trace_writer.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

class RequestSpans {
 public:
  // `preemptions` in order of time; outcomes by request id. Both outlive this object.
  RequestSpans(std::span<const RequestOutcome> outcomes,
               std::span<const PreemptionEntry> preemptions, std::span<const std::string> classes);

  // Every `stride`-th of the requests that overlap the window, in order of arrival.
  std::vector<std::int64_t> sample(const TimelineOptions& options, std::int64_t stride) const;
  std::int64_t events(std::int64_t request) const;
  void write(std::int64_t request, TraceTrack track, TraceWriter& trace) const;

 private:
  struct Phase {
    const char* name;
    TimePoint start, end;
  };
  std::vector<Phase> phases(const RequestOutcome& outcome) const;
  std::span<const PreemptionEntry> preemptions_of(std::int64_t request) const;
  const RequestOutcome& outcome(std::int64_t request) const {
    return outcomes_[static_cast<std::size_t>(request)];
  }

  std::span<const RequestOutcome> outcomes_;
  std::vector<PreemptionEntry> preemptions_;  // by request, then time
  std::span<const std::string> classes_;
};

}  // namespace headroom
