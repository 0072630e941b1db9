// sim/engine/flight_table.hpp -- the activities (transfers and computes) that are requested or in
// flight, and who uses which resource. It knows no dates but those it is given and starts nothing;
// simgrid_kernel.cpp does.
#pragma once

#include <simgrid/forward.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/engine/kernel.hpp"
#include "sim/platform/platform.hpp"

namespace headroom {

using FlightIndex = std::uint32_t;    // into the table; used again once a flight has landed
using ResourceIndex = std::uint32_t;  // links first, then computes

struct Flight {
  std::vector<ResourceIndex> resources;  // the links of a route, or one compute
  bool is_compute = false;
  double amount = 0;  // bytes, or seconds of work
  double rate = 0;    // bytes/s of the slowest link, or 1: its speed when it is alone
  EventId event = 0;  // what happens at its end, reserved at the request; 0: this slot is free
  TimePoint start{0};
  bool started_alone = false;          // nobody else used its resources when it took off
  simgrid::s4u::ActivityPtr activity;  // null until it takes off

  Seconds time_alone() const { return Seconds(amount / rate); }
};

class FlightTable {
 public:
  // Keeps names and bandwidths, not the platform.
  explicit FlightTable(const Platform& platform);
  ~FlightTable();
  FlightTable(const FlightTable&) = delete;
  FlightTable& operator=(const FlightTable&) = delete;

  // Enter a request; the caller then sets its event. InternalError as Kernel::transfer() and
  // compute() say.
  FlightIndex add_transfer(std::span<const LinkId> route, Bytes bytes);
  FlightIndex add_compute(ComputeId resource, Seconds work);
  Flight& operator[](FlightIndex index) { return flights_[index]; }
  const Flight& operator[](FlightIndex index) const { return flights_[index]; }
  ResourceIndex first_compute() const { return static_cast<ResourceIndex>(link_count_); }

  // The flight now uses its resources. All flights of an instant first occupy, then ask whether
  // they are alone.
  void occupy(FlightIndex index);
  bool is_alone(FlightIndex index) const;
  // Whether it was alone at take-off and nobody has joined since.
  bool was_alone_throughout(FlightIndex index) const;
  // The flight is over: its resources are free of it and its slot may be used again. Its activity
  // is kept until release_landed(), because SimGrid still uses it while it reports the completion.
  void land(FlightIndex index);
  void release_landed();
  // Forgets a request that never takes off.
  void drop(FlightIndex index);

  std::size_t in_flight() const { return in_flight_; }
  // "flow of 5 bytes over 'a', 'b' requested at 7 ns".
  std::string describe(FlightIndex index) const;
  // One line for every flight that uses resources.
  std::string describe_in_flight() const;

 private:
  struct Resource {
    std::string name;
    double rate = 0;
    std::uint32_t users = 0;
    EventId latest = 0;  // the flight that joined last
  };

  FlightIndex free_flight();

  std::size_t link_count_;
  std::vector<Resource> resources_;
  std::vector<Flight> flights_;
  std::vector<FlightIndex> free_;
  std::vector<simgrid::s4u::ActivityPtr> landed_;
  std::size_t in_flight_ = 0;
};

}  // namespace headroom
