// sim/engine/executor.hpp -- runs an OpGraph. Every execution system goes through here; nobody else
// turns work on links into time.
//
// Shared means SimGrid, private means arithmetic. A link is private when all that crosses it comes
// from one stream (streams are queues: one operation at a time) by one part of each operation, or
// when the streams that cross it, each held back by the other links of its routes, cannot fill it
// together (link_sharing.hpp). A graph whose links are all private is a recurrence over its
// operations; otherwise the parts that cross a shared link are flows in the kernel, and the rest
// stays arithmetic and timers.
//
// Steady state. Layers of one kind that repeat, each a constant later than the one before, are
// skipped. Exact where everything is private; there each stream may have a constant of its own, so
// streams that drift apart are skipped too, up to where one catches up with another
// (private_pass.hpp). Where flows share, all streams must move by one constant (steady_state.hpp);
// it is a whole number of nanoseconds, so dates after a skip may be off by up to 1 ns for each
// layer skipped. A stream that runs ahead without ever waiting for those it shares with never
// repeats: every layer is run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/graph/op_graph.hpp"
#include "sim/platform/platform.hpp"

namespace headroom {

struct ExecutorOptions {
  bool force_shared = false;  // every part is a flow, also over private links: a test compares them
  bool extrapolate = true;    // off: every layer is run
  bool record_timeline = false;
};

struct TimelineEntry {
  SlotIndex slot = 0;
  std::int64_t layer = 0;
  Duration start{0}, end{0};  // since the start of the pass
};

struct PassResult {
  Duration makespan{0};               // from the start of the pass to its last end
  std::vector<Duration> stream_busy;  // by stream: sum of (end - start) of its operations
  std::vector<double> link_bytes;     // by link
  // By cause: where the watched stream waited within [0, makespan), and for what. Each nanosecond
  // goes to the operation that was running on the chain of last predecessors of the operation the
  // stream was waiting to start; the tail after its last operation likewise. Of several that ended
  // last it is the first named in `after`. An operation runs from its start on, through its latency
  // too. Busy time of the watched stream is not in it: stream_busy[watched] + sum of waits =
  // makespan, exactly.
  std::vector<Duration> waits;
  std::int64_t layers_run = 0, layers_skipped = 0;
  std::vector<TimelineEntry> timeline;  // if recorded: by layer, then slot; skipped layers too
};

class Executor {
 public:
  // Whether a kernel is needed at all: some link is shared (or force_shared).
  static bool needs_kernel(const OpGraph& graph, const ExecutorOptions& options = {});

  // The graph must outlive this object. `kernel` may be null when needs_kernel() is false;
  // otherwise its platform must hold the links that platform_of() gives, and nothing else may be
  // pending in it during run(): the executor runs it, on a clock of its own.
  Executor(const OpGraph& graph, Kernel* kernel, const ExecutorOptions& options = {});
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // One pass. The result is valid until the next call. Allocates nothing once warm, but for what
  // SimGrid does for a flow.
  const PassResult& run(const OpGraphAmounts& amounts);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

// The links of a graph as a Platform: GraphLinkIndex = LinkId.
Platform platform_of(const OpGraph& graph);

}  // namespace headroom
