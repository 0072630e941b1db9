// sim/engine/kernel.hpp -- simulated time. The only way to make time pass, and the only caller of SimGrid's run-time API.
// The clock is integer nanoseconds and ours: events are ordered by (date, order of creation), a whole instant is
// drained before anybody acts on it, and every SimGrid completion is rounded to the nanosecond at this boundary.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/platform/platform.hpp"

namespace headroom {

// Whoever wants to be told. `token` is what the caller passed; one object serves any number of events without
// allocation. Calls come from inside Kernel::run(); an exception ends the run and leaves run().
class EventHandler {
 public:
  virtual ~EventHandler() = default;
  virtual void on_event(std::uint64_t token) = 0;
};

using EventId = std::uint64_t;

class Kernel {
 public:
  virtual ~Kernel() = default;

  virtual TimePoint now() const = 0;
  // `handler` is called at `date`. A date in the past is our bug (InternalError); now() is allowed.
  virtual EventId at(TimePoint date, EventHandler& handler, std::uint64_t token) = 0;
  // Takes back an event that has not fired; false if it has fired or was cancelled.
  virtual bool cancel(EventId id) = 0;
  // `handler` is called once everything else of the current instant has happened, in order of request. It may create
  // events at now(): the instant then goes on, and ends again.
  virtual void at_end_of_instant(EventHandler& handler, std::uint64_t token) = 0;
  // Date of the earliest event that is pending, or the largest TimePoint.
  virtual TimePoint next_event() const = 0;

  // Sends bytes over the links of a route, sharing each max-min fairly with every other flow on it. 0 bytes finish now.
  virtual void transfer(std::span<const LinkId> route, Bytes bytes, EventHandler& handler, std::uint64_t token) = 0;
  // Occupies a compute resource: alone for `work`, longer when it is shared (processor sharing).
  virtual void compute(ComputeId resource, Seconds work, EventHandler& handler, std::uint64_t token) = 0;

  // Runs until nothing is pending, or stop() was called. A flow that can never end is an InternalError, not silence.
  virtual void run() = 0;
  virtual void stop() = 0;
};

struct KernelOptions {
  // Every instant goes through a SimGrid timer, also while no flow is in flight. Slower and equal: a test compares them.
  bool every_instant_through_simgrid = false;
};

// One per process, ever (SimGrid's clock and its platform seal are static): a second one is an InternalError.
std::unique_ptr<Kernel> make_simgrid_kernel(const Platform& platform, const KernelOptions& options = {});

}  // namespace headroom
