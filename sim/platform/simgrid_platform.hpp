// sim/platform/simgrid_platform.hpp -- a Platform as SimGrid resources, and the activities on them.
// For sim/engine only.
//
// The network is an ideal max-min fluid: model CM02 (all factors 1) with crosstraffic off (else 5 %
// of a flow's bytes load the reverse way), the TCP window out of the way (it caps a rate at gamma /
// (2 latency)), events kept apart down to 1e-12 s (the default merges those within 1 ns), and no
// latency on any link: CM02 shares in inverse proportion to the latency of the route, so one
// microsecond on one link would starve all flows without it. Callers add a latency as a timer.
//
// There are two end points for all flows and no routing table: the zone answers SimGrid's only
// question, "which links from source to sink?", with the route of the flow being started. So any
// list of links is a route, at no cost before its use.
#pragma once

#include <simgrid/forward.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/platform/platform.hpp"

namespace headroom {

class SimgridPlatform {
 public:
  // Creates the engine of this process. SimGrid keeps its clock and its platform in static
  // variables, so a second one, even after the first is gone, is an InternalError. The signal
  // handlers that SimGrid installs (SIGINT, SIGSEGV, SIGBUS; they crash without actors) are taken
  // out again: whatever was installed before stays. Costs 0.2 ms of CPU; the 18 ms before main()
  // are the dynamic linker resolving the ns-3 libraries of Debian's package.
  explicit SimgridPlatform(const Platform& platform);
  ~SimgridPlatform();
  SimgridPlatform(const SimgridPlatform&) = delete;
  SimgridPlatform& operator=(const SimgridPlatform&) = delete;

  simgrid::s4u::Engine& engine() { return *engine_; }

  // Both start at SimGrid's present clock, so they may only be called from inside its run(), and
  // hand `data` back through Activity::get_data(). Whoever holds the pointer must keep it until
  // after the completion callback has returned. Amounts are rounded to 1/1024 byte (SimGrid counts
  // whole units; links are scaled alike, by a power of two, exactly).
  simgrid::s4u::ActivityPtr start_flow(std::span<const LinkId> route, Bytes bytes, void* data);
  simgrid::s4u::ActivityPtr start_compute(ComputeId resource, Seconds work, void* data);

  // Whether some activity has finished, or will within `horizon`, but SimGrid has not yet reported
  // it. It does what SimGrid's main loop does anyway before it advances its clock (share the
  // resources anew), and changes no result.
  bool completes_within(Seconds horizon) const;

 private:
  class RouteZone;

  std::unique_ptr<simgrid::s4u::Engine> engine_;
  RouteZone* zone_ = nullptr;  // belongs to the engine
  simgrid::s4u::Host* source_ = nullptr;
  simgrid::s4u::Host* sink_ = nullptr;
  std::vector<simgrid::s4u::Link*> links_;
  std::vector<simgrid::s4u::Host*> computes_;
  std::vector<simgrid::kernel::resource::Model*> models_;  // those that hold activities
};

}  // namespace headroom
