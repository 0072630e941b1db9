// sim/engine/kernel.hpp -- simulated time. The only way to make time pass, and the only caller of
// SimGrid's run-time API. The clock is integer nanoseconds and ours: events are ordered by (date,
// order of creation), a whole instant is drained before anybody acts on it, and every SimGrid
// completion is rounded to the nanosecond at this boundary.
//
// While no transfer and no compute is in flight SimGrid has nothing to decide, so instants are
// drained in our own loop without returning to it (11 ns an event with few pending, instead of
// 230); SimGrid's clock is brought forward, by one timer at the absolute date, before an activity
// starts and at the end. Activities always run in SimGrid, which shares the resources.
//
// How a completion becomes a date: an activity that had its resources to itself takes its time
// alone, rounded to the nanosecond once, exactly as an operation that is plain arithmetic; one that
// shared takes SimGrid's date, rounded to nearest. SimGrid's date may be up to 0.5 ns past the
// instant it is rounded to; an activity started at that instant is then given the lost time back if
// its resources are idle, and otherwise starts that fraction late.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/platform/platform.hpp"

namespace headroom {

// Whoever wants to be told. `token` is what the caller passed; one object serves any number of
// events without allocation. Calls come from inside Kernel::run(); an exception ends the run and
// leaves run().
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  virtual void on_event(std::uint64_t token) = 0;
};

using EventId = std::uint64_t;  // never 0, never used twice by one kernel

// No date at all: later than everything.
inline constexpr TimePoint kNever{std::numeric_limits<std::int64_t>::max()};

class Kernel {
 public:
  virtual ~Kernel() = default;

  virtual TimePoint now() const = 0;
  // `handler` is called at `date`. A date in the past is our bug (InternalError); now() is allowed.
  virtual EventId at(TimePoint date, EventHandler& handler, std::uint64_t token) = 0;
  // Takes back an event that has not fired; false if it has fired or was cancelled.
  virtual bool cancel(EventId id) = 0;
  // `handler` is called once everything else of the current instant has happened, in order of
  // request. It may create events at now(): the instant then goes on, and ends again.
  virtual void at_end_of_instant(EventHandler& handler, std::uint64_t token) = 0;
  // Date of the earliest event that is pending, or kNever. The end of a transfer or compute counts
  // once it is known.
  virtual TimePoint next_event() const = 0;

  // Sends bytes over the links of a route, sharing each max-min fairly with every other flow on it.
  // 0 bytes finish now. A flow starts when the instant of its request is over, at that date. Among
  // events of one date it comes in order of its request. InternalError: no link, a link twice or
  // unknown, an amount that is negative or not finite, an end later than a TimePoint can say.
  virtual void transfer(std::span<const LinkId> route, Bytes bytes, EventHandler& handler,
                        std::uint64_t token) = 0;
  // Occupies a compute resource: alone for `work`, longer when it is shared (processor sharing).
  // Otherwise as transfer().
  virtual void compute(ComputeId resource, Seconds work, EventHandler& handler,
                       std::uint64_t token) = 0;

  // Runs until nothing is pending, or stop() was called. A flow that can never end is an
  // InternalError, not silence. May be called again, except after a stop() or an exception that
  // left activities in flight: those are abandoned, and running on without them is an
  // InternalError. Never from inside a handler.
  virtual void run() = 0;
  // From a handler: run() returns after it, and leaves what is pending as it is.
  virtual void stop() = 0;
};

struct KernelOptions {
  // Every instant goes through a SimGrid timer, also while no flow is in flight. Slower and equal:
  // a test compares them.
  bool every_instant_through_simgrid = false;
};

// One per process, ever (SimGrid's clock and its platform seal are static): a second one is an
// InternalError. The handlers of SIGINT, SIGSEGV and SIGBUS stay those that were installed before.
// Costs 0.2 ms of CPU.
std::unique_ptr<Kernel> make_simgrid_kernel(const Platform& platform,
                                            const KernelOptions& options = {});

// For scenarios without shared resources and for tests; the same queue code. There may be any
// number in a process. transfer() and compute() of more than nothing are InternalErrors.
std::unique_ptr<Kernel> make_private_kernel();

}  // namespace headroom
