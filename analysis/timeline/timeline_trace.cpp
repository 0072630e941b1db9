#include "analysis/timeline/timeline_trace.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <numeric>
#include <string_view>

#include "analysis/timeline/request_spans.hpp"
#include "analysis/timeline/trace_writer.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/record/render.hpp"

namespace headroom {
namespace {

constexpr std::int32_t kThreadsOfAProcess = 1000;

// Threads of a process: 1 iterations, 2 and on the streams of its passes.
TraceTrack track_of(std::int32_t process, std::size_t thread) {
  return {process, process * kThreadsOfAProcess + static_cast<std::int32_t>(thread)};
}
std::int32_t process_of(std::size_t replica) { return static_cast<std::int32_t>(replica) + 1; }

// What each of three may have of a budget: equal shares, and what one does not need is the others'.
std::array<std::int64_t, 3> shares(std::int64_t budget, const std::array<std::int64_t, 3>& wanted) {
  std::array<std::size_t, 3> order{0, 1, 2};
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  std::array<std::int64_t, 3> granted{};
  std::int64_t sharers = 3;
  for (const std::size_t i : order) {
    granted[i] = std::min(wanted[i], budget / sharers--);
    budget -= granted[i];
  }
  return granted;
}

// A counter's event where it takes another value than before.
template <class Emit>
void each_counter_change(const std::vector<IterationEntry>& entries, const Emit& emit) {
  std::array<std::int64_t, 3> last{-1, -1, -1};
  const auto set = [&](TimePoint at, const std::array<std::int64_t, 3>& values) {
    for (std::size_t c = 0; c < values.size(); ++c)
      if (values[c] != last[c]) emit(c, at, values[c]);
    last = values;
  };
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const IterationEntry& entry = entries[i];
    set(entry.start, {entry.running, entry.waiting, entry.kv_blocks});
    const bool idle_after = i + 1 == entries.size() || entries[i + 1].start > entry.end;
    if (idle_after) set(entry.end, {0, entry.last_waiting, 0});
  }
}

std::int64_t events_of(const std::vector<std::vector<IterationEntry>>& iterations) {
  std::int64_t events = 0;
  for (const auto& entries : iterations) {
    events += std::ssize(entries);
    each_counter_change(entries, [&](std::size_t, TimePoint, std::int64_t) { ++events; });
  }
  return events;
}

void write_iterations(const std::vector<IterationEntry>& entries, std::size_t replica,
                      TraceWriter& trace) {
  const std::int32_t process = process_of(replica);
  for (const IterationEntry& e : entries) {
    const char* kind = e.prefill_tokens == 0  ? "decode"
                       : e.decode_tokens == 0 ? "prefill"
                                              : "mixed";
    trace.slice(track_of(process, 1), kind, "iteration", e.start, elapsed(e.start, e.end),
                {{"iterations", e.iterations},
                 {"batch_size", e.batch_size},
                 {"prefill_tokens", e.prefill_tokens},
                 {"decode_tokens", e.decode_tokens},
                 {"running", e.running},
                 {"waiting", e.waiting},
                 {"kv_blocks", e.kv_blocks},
                 {"busy_s", to_seconds(e.busy).value}});
  }
  constexpr std::array<const char*, 3> kNames{"running", "waiting", "KV blocks"};
  constexpr std::array<const char*, 3> kCounts{"sequences", "sequences", "used"};
  each_counter_change(entries, [&](std::size_t c, TimePoint at, std::int64_t value) {
    trace.counter(process, kNames[c], at, {{kCounts[c], value}});
  });
}

// Sort of an operation: what colours and filters go by.
const char* category_of(const OpGraph& graph, const OpSlot& slot) {
  const std::string& cause = graph.causes[slot.cause];
  if (cause == kCauseCollective) return "collective";
  if (slot.stream == graph.watched) return "gpu";
  if (cause.starts_with("cpu")) return "cpu";
  return slot.parts.empty() ? "gpu" : "transfer";
}

void write_pass(const PassEntry& pass, const OpGraph& graph, TraceWriter& trace) {
  const std::int32_t process = process_of(static_cast<std::size_t>(pass.replica));
  for (const OperationEntry& op : pass.operations) {
    const OpSlot& slot = graph.slots[op.slot];
    trace.slice(track_of(process, 2 + slot.stream), slot.name, category_of(graph, slot), op.start,
                elapsed(op.start, op.end),
                {{"layer", std::int64_t{op.layer}},
                 {"pass", pass.number},
                 {"waited_for_as", std::string_view(graph.causes[slot.cause])}});
  }
}

// "weights_in (socket0.dram, gpu0.h2d)": a stream and the links that its operations use.
std::string name_of_stream(const OpGraph& graph, StreamIndex stream) {
  std::vector<bool> used(graph.links.size(), false);
  for (const OpSlot& slot : graph.slots)
    if (slot.stream == stream)
      for (const auto& route : slot.parts)
        for (const GraphLinkIndex link : route) used[link] = true;
  std::string links;
  for (std::size_t l = 0; l < used.size(); ++l)
    if (used[l]) links += (links.empty() ? "" : ", ") + graph.links[l].name;
  return graph.streams[stream] + (links.empty() ? "" : " (" + links + ")");
}

void write_names(const TimelineRecorder& recorder, const TimelineRun& run, TraceWriter& trace) {
  const OpGraph& graph = recorder.graph();
  const std::size_t replicas = recorder.iterations().size();
  for (std::size_t r = 0; r < replicas; ++r) {
    trace.name_process(process_of(r), "replica " + std::to_string(r) + " (" + run.device + ")",
                       std::to_string(run.kv_blocks) + " KV blocks");
    trace.name_thread(track_of(process_of(r), 1), "iterations");
    for (StreamIndex s = 0; s < graph.streams.size(); ++s)
      trace.name_thread(track_of(process_of(r), 2 + s), name_of_stream(graph, s));
  }
  if (run.outcomes.empty()) return;
  trace.name_process(process_of(replicas), "requests", "");
  trace.name_thread(track_of(process_of(replicas), 1), "requests");
}

std::string seconds_text(TimePoint date) {
  std::array<char, 32> digits{};
  const double seconds = static_cast<double>(date.value) / 1e9;
  return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), seconds).ptr};
}

std::string of(std::int64_t shown, std::int64_t all) {
  return std::to_string(shown) + " of " + std::to_string(all);
}

std::vector<std::string> left_out(const TimelineRecorder& recorder, const TimelineRun& run,
                                  const TimelineSummary& summary) {
  std::vector<std::string> list;
  const TimelineOptions& options = recorder.options();
  const TimePoint end = TimePoint{0} + run.makespan;
  if (options.from > TimePoint{0} || options.until < end)
    list.push_back("time: only what overlaps " + seconds_text(options.from) + " s to " +
                   seconds_text(std::min(options.until, end)) + " s of " + seconds_text(end) +
                   " s");
  if (summary.iteration_slices < summary.iterations)
    list.push_back("iterations: up to " + std::to_string(recorder.iterations_per_entry()) +
                   " neighbours are one slice (" + std::to_string(summary.iterations) + " in " +
                   std::to_string(summary.iteration_slices) +
                   "); its tokens are sums, its batch and counters the largest");
  if (summary.passes_shown < summary.passes)
    list.push_back("operations: of one pass in " + std::to_string(recorder.pass_stride()) + " (" +
                   of(summary.passes_shown, summary.passes) + ")");
  if (summary.requests_shown < summary.requests)
    list.push_back("requests: " + of(summary.requests_shown, summary.requests) +
                   ", evenly in order of arrival");
  return list;
}

std::string metadata(const TimelineRun& run, const TimelineSummary& summary) {
  std::string list;
  for (const std::string& sentence : summary.left_out)
    list += (list.empty() ? "" : ", ") + json_quoted(sentence);
  return "{\"program\": \"headroom\", \"code_version\": " + json_quoted(run.code_version) +
         ", \"run\": " + json_quoted(run.name) + ", \"run_id\": \"" + std::to_string(run.run_id) +
         "\", \"seed\": \"" + std::to_string(run.seed) +
         "\", \"makespan_s\": " + seconds_text(TimePoint{0} + run.makespan) + ", \"left_out\": [" +
         list + "]}";
}

// The smallest stride whose requests fit, and those.
std::vector<std::int64_t> choose_requests(const RequestSpans& spans, const TimelineOptions& options,
                                          std::int64_t most_events, std::int64_t all_events) {
  const auto events = [&](const std::vector<std::int64_t>& requests) {
    return std::accumulate(
        requests.begin(), requests.end(), std::int64_t{0},
        [&](std::int64_t sum, std::int64_t request) { return sum + spans.events(request); });
  };
  std::int64_t stride =
      all_events > most_events ? (all_events - 1) / std::max<std::int64_t>(most_events, 1) + 1 : 1;
  auto requests = spans.sample(options, stride);
  while (requests.size() > 1 && events(requests) > most_events)
    requests = spans.sample(options, ++stride);
  return requests;
}

}  // namespace

TimelineSummary write_timeline(TimelineRecorder& recorder, const TimelineRun& run,
                               std::ostream& out) {
  const TimelineOptions& options = recorder.options();
  const RequestSpans spans(run.outcomes, recorder.preemptions(), run.classes);
  const auto all_requests = spans.sample(options, 1);
  std::int64_t request_events = 0;
  for (const std::int64_t request : all_requests) request_events += spans.events(request);

  const auto [for_iterations, for_operations, for_requests] =
      shares(options.max_events,
             {events_of(recorder.iterations()), recorder.operations(), request_events});
  while (events_of(recorder.iterations()) > for_iterations &&
         recorder.iteration_entries() > std::ssize(recorder.iterations()))
    recorder.thin_iterations(recorder.iteration_entries() - 1);
  recorder.thin_operations(for_operations);
  const auto requests = choose_requests(spans, options, for_requests, request_events);

  TimelineSummary summary{.iterations = recorder.iterations_seen(),
                          .iteration_slices = recorder.iteration_entries(),
                          .passes = recorder.passes_seen(),
                          .passes_shown = std::ssize(recorder.passes()),
                          .operations = recorder.operations(),
                          .requests = std::ssize(all_requests),
                          .requests_shown = std::ssize(requests),
                          .left_out = {}};
  summary.left_out = left_out(recorder, run, summary);

  TraceWriter trace(out);
  write_names(recorder, run, trace);
  const std::int64_t names = trace.events();
  for (std::size_t r = 0; r < recorder.iterations().size(); ++r)
    write_iterations(recorder.iterations()[r], r, trace);
  for (const PassEntry& pass : recorder.passes()) write_pass(pass, recorder.graph(), trace);
  const TraceTrack request_track = track_of(process_of(recorder.iterations().size()), 1);
  for (const std::int64_t request : requests) spans.write(request, request_track, trace);
  summary.events = trace.events() - names;
  trace.finish(metadata(run, summary));
  return summary;
}

}  // namespace headroom
