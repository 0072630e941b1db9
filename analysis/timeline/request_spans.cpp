#include "analysis/timeline/request_spans.hpp"

#include <algorithm>
#include <numeric>

namespace headroom {
namespace {

TimePoint end_of(const RequestOutcome& outcome) {
  return outcome.finish.value >= 0 ? outcome.finish : outcome.arrival;
}

}  // namespace

RequestSpans::RequestSpans(std::span<const RequestOutcome> outcomes,
                           std::span<const PreemptionEntry> preemptions,
                           std::span<const std::string> classes)
    : outcomes_(outcomes), preemptions_(preemptions.begin(), preemptions.end()), classes_(classes) {
  std::stable_sort(preemptions_.begin(), preemptions_.end(),
                   [](const auto& a, const auto& b) { return a.request < b.request; });
}

std::vector<std::int64_t> RequestSpans::sample(const TimelineOptions& options,
                                               std::int64_t stride) const {
  std::vector<std::int64_t> chosen;
  for (std::int64_t i = 0; i < std::ssize(outcomes_); ++i)
    if (options.overlaps(outcome(i).arrival, end_of(outcome(i)))) chosen.push_back(i);
  std::stable_sort(chosen.begin(), chosen.end(), [&](std::int64_t a, std::int64_t b) {
    return outcome(a).arrival < outcome(b).arrival;
  });
  std::size_t kept = 0;
  for (std::size_t i = 0; i < chosen.size(); i += static_cast<std::size_t>(stride))
    chosen[kept++] = chosen[i];
  chosen.resize(kept);
  return chosen;
}

std::vector<RequestSpans::Phase> RequestSpans::phases(const RequestOutcome& outcome) const {
  std::vector<Phase> list;
  const TimePoint end = end_of(outcome);
  const auto until = [&](TimePoint date) { return date.value >= 0 ? date : end; };
  list.push_back({"queued", outcome.arrival, until(outcome.scheduled)});
  if (outcome.scheduled.value >= 0)
    list.push_back({"prefill", outcome.scheduled, until(outcome.first_token)});
  if (outcome.first_token.value >= 0) list.push_back({"decode", outcome.first_token, end});
  std::erase_if(list, [](const Phase& phase) { return phase.end <= phase.start; });
  return list;
}

std::span<const PreemptionEntry> RequestSpans::preemptions_of(std::int64_t request) const {
  const auto first = std::partition_point(preemptions_.begin(), preemptions_.end(),
                                          [&](const auto& p) { return p.request < request; });
  const auto last = std::partition_point(first, preemptions_.end(),
                                         [&](const auto& p) { return p.request == request; });
  return {first, last};
}

std::int64_t RequestSpans::events(std::int64_t request) const {
  const auto spans = 1 + std::ssize(phases(outcome(request))) + std::ssize(preemptions_of(request));
  return 2 * spans;
}

void RequestSpans::write(std::int64_t request, TraceTrack track, TraceWriter& trace) const {
  constexpr const char* kCategory = "request";
  const RequestOutcome& r = outcome(request);
  const auto& name = classes_[static_cast<std::size_t>(r.class_id)];
  // One name for all, since viewers make a track of each name.
  trace.begin(track, "request", kCategory, request, r.arrival,
              {{"request", request},
               {"class", std::string_view(name)},
               {"prompt_tokens", std::int64_t{r.prompt_tokens}},
               {"output_tokens", std::int64_t{r.output_tokens}},
               {"cached_tokens", std::int64_t{r.cached_tokens}},
               {"preemptions", std::int64_t{r.preemptions}},
               {"replica", std::int64_t{r.replica}},
               {"status", name_of(r.status)},
               {"reason", name_of(r.reason)}});
  for (const Phase& phase : phases(r)) {
    trace.begin(track, phase.name, kCategory, request, phase.start);
    for (const PreemptionEntry& preemption : preemptions_of(request)) {
      if (preemption.start < phase.start || preemption.start >= phase.end) continue;
      const TimePoint end =
          preemption.end.value >= 0 ? std::min(preemption.end, phase.end) : phase.end;
      trace.begin(track, "preempted", kCategory, request, preemption.start);
      trace.end(track, "preempted", kCategory, request, end);
    }
    trace.end(track, phase.name, kCategory, request, phase.end);
  }
  trace.end(track, "request", kCategory, request, end_of(r));
}

}  // namespace headroom
