#include "sim/engine/flight_table.hpp"

#include <algorithm>
#include <cmath>
#include <simgrid/s4u/Activity.hpp>
#include <sstream>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {

FlightTable::FlightTable(const Platform& platform) : link_count_(platform.links.size()) {
  for (const Link& link : platform.links) resources_.push_back({link.name, link.bandwidth.value});
  for (const Compute& compute : platform.computes) resources_.push_back({compute.name, 1.0});
}

FlightTable::~FlightTable() {
  // SimGrid objects to an activity that disappears under way; that happens after a deadlock only.
  for (const Flight& flight : flights_)
    if (flight.activity) flight.activity->cancel();
}

FlightIndex FlightTable::free_flight() {
  if (free_.empty()) {
    flights_.emplace_back();
    return static_cast<FlightIndex>(flights_.size() - 1);
  }
  const FlightIndex index = free_.back();
  free_.pop_back();
  return index;
}

FlightIndex FlightTable::add_transfer(std::span<const LinkId> route, Bytes bytes) {
  HEADROOM_CHECK(!route.empty(), "expected a route of at least one link");
  // SimGrid counts bytes in 64 bits, of which the fraction takes ten.
  HEADROOM_CHECK(bytes.value >= 0 && bytes.value < 0x1p53,
                 "expected an amount from 0 to 2^53 bytes, got ", bytes.value);
  for (std::size_t i = 0; i < route.size(); ++i) {
    HEADROOM_CHECK(route[i] < link_count_, "expected a link below ", link_count_, ", got ",
                   route[i]);
    HEADROOM_CHECK(std::find(route.begin(), route.begin() + static_cast<std::ptrdiff_t>(i),
                             route[i]) == route.begin() + static_cast<std::ptrdiff_t>(i),
                   "expected each link of a route once, got '", resources_[route[i]].name,
                   "' twice");
  }
  const FlightIndex index = free_flight();
  Flight& flight = flights_[index];
  flight.resources.assign(route.begin(), route.end());
  flight.is_compute = false;
  flight.amount = bytes.value;
  flight.rate = resources_[route.front()].rate;
  for (const LinkId link : route) flight.rate = std::min(flight.rate, resources_[link].rate);
  return index;
}

FlightIndex FlightTable::add_compute(ComputeId resource, Seconds work) {
  const std::size_t count = resources_.size() - link_count_;
  HEADROOM_CHECK(resource < count, "expected a compute resource below ", count, ", got ", resource);
  HEADROOM_CHECK(work.value >= 0 && std::isfinite(work.value),
                 "expected a finite amount of work, got ", work.value, " s");
  const FlightIndex index = free_flight();
  Flight& flight = flights_[index];
  flight.resources.assign(1, static_cast<ResourceIndex>(link_count_ + resource));
  flight.is_compute = true;
  flight.amount = work.value;
  flight.rate = 1;
  return index;
}

void FlightTable::occupy(FlightIndex index) {
  for (const ResourceIndex r : flights_[index].resources) {
    ++resources_[r].users;
    resources_[r].latest = flights_[index].event;
  }
  ++in_flight_;
}

bool FlightTable::is_alone(FlightIndex index) const {
  return std::ranges::all_of(flights_[index].resources,
                             [this](ResourceIndex r) { return resources_[r].users == 1; });
}

bool FlightTable::was_alone_throughout(FlightIndex index) const {
  const Flight& flight = flights_[index];
  return flight.started_alone && std::ranges::all_of(flight.resources, [&](ResourceIndex r) {
           return resources_[r].latest == flight.event;
         });
}

void FlightTable::land(FlightIndex index) {
  Flight& flight = flights_[index];
  for (const ResourceIndex r : flight.resources) --resources_[r].users;
  --in_flight_;
  if (flight.activity) landed_.push_back(std::move(flight.activity));
  flight.activity = nullptr;
  drop(index);
}

void FlightTable::drop(FlightIndex index) {
  flights_[index].event = 0;
  free_.push_back(index);
}

void FlightTable::release_landed() { landed_.clear(); }

std::string FlightTable::describe(FlightIndex index) const {
  const Flight& flight = flights_[index];
  std::ostringstream out;
  out << (flight.is_compute ? "compute of " : "flow of ") << flight.amount
      << (flight.is_compute ? " s on " : " bytes over ");
  const char* separator = "'";
  for (const ResourceIndex r : flight.resources) {
    out << separator << resources_[r].name;
    separator = "', '";
  }
  out << "' requested at " << flight.start.value << " ns";
  return out.str();
}

std::string FlightTable::describe_in_flight() const {
  std::string lines;
  for (FlightIndex index = 0; index < flights_.size(); ++index) {
    if (!flights_[index].activity) continue;
    if (!lines.empty()) lines += '\n';
    lines += describe(index);
  }
  return lines;
}

}  // namespace headroom
