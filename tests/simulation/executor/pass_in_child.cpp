#include "tests/simulation/executor/pass_in_child.hpp"

#include <bit>
#include <cstdint>

#include "tests/simulation/kernel/in_child.hpp"

namespace headroom::test {
namespace {

enum Tag : std::uint64_t { kMakespan, kSkipped, kRun, kBusy, kBytes, kWait, kStart, kEnd };

Calls encode(const PassResult& result) {
  Calls calls{{result.makespan.value, kMakespan},
              {result.layers_skipped, kSkipped},
              {result.layers_run, kRun}};
  for (const Duration busy : result.stream_busy) calls.push_back({busy.value, kBusy});
  for (const double bytes : result.link_bytes)
    calls.push_back({std::bit_cast<std::int64_t>(bytes), kBytes});
  for (const Duration wait : result.waits) calls.push_back({wait.value, kWait});
  for (const TimelineEntry& entry : result.timeline) {
    calls.push_back({entry.start.value, kStart});
    calls.push_back({entry.end.value, kEnd});
  }
  return calls;
}

PassResult decode(const Calls& calls, std::size_t slots) {
  PassResult result;
  for (const Call& call : calls) {
    const Duration duration(call.date_ns);
    const std::size_t operation = result.timeline.size();
    switch (call.token) {
      case kMakespan:
        result.makespan = duration;
        break;
      case kSkipped:
        result.layers_skipped = call.date_ns;
        break;
      case kRun:
        result.layers_run = call.date_ns;
        break;
      case kBusy:
        result.stream_busy.push_back(duration);
        break;
      case kBytes:
        result.link_bytes.push_back(std::bit_cast<double>(call.date_ns));
        break;
      case kWait:
        result.waits.push_back(duration);
        break;
      case kStart:
        result.timeline.push_back({static_cast<SlotIndex>(operation % slots),
                                   static_cast<std::int64_t>(operation / slots), duration});
        break;
      default:
        result.timeline.back().end = duration;
    }
  }
  return result;
}

}  // namespace

PassResult pass_in_child(const RandomPass& pass, ExecutorOptions options) {
  options.record_timeline = true;
  const Calls calls = in_child([&] {
    const auto kernel = make_simgrid_kernel(platform_of(pass.graph));
    return encode(Executor(pass.graph, kernel.get(), options).run(pass.amounts));
  });
  return decode(calls, pass.graph.slots.size());
}

}  // namespace headroom::test
