// sim/engine/steady_state.hpp -- when a pass in which flows share repeats itself, and the skipping
// of what repeats.
//
// Looked at whenever a layer is complete, at T; the one before was at T'; the period is T - T'.
// The pass repeats if everything of the last period, and of the time since the oldest operation
// that is now running began, happened a layer earlier and exactly one period earlier too: each
// start, each end, the end of each flow. Then the same flows have shared the same links all the
// time, so those in flight have as much left as their likes had at T', and what follows is what
// followed then: up to where a stream reaches a layer of another kind. Streams that are through
// with the pass and had no part in that time are left alone.
//
// Dates are rounded to the nanosecond while SimGrid shares continuous amounts, so a period that is
// not a whole number of nanoseconds is off by at most that rounding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/engine/op_table.hpp"
#include "sim/engine/pass_dates.hpp"

namespace headroom {

// Where a stream stands: the operation at its head, running or waiting to.
struct StreamProgress {
  std::int64_t layer = 0;    // all layers before it are done on this stream
  std::size_t position = 0;  // in OpTable::slots_of()
  bool running = false;
};

class SteadyState {
 public:
  explicit SteadyState(const OpTable& table) : table_(table) {}

  void begin_pass() {
    before_ = Duration(0);
    complete_ = 0;
  }
  struct Repetition {
    std::int64_t layers = 0;
    Duration time{0};
  };
  // Called when `complete` layers are complete at `now`, everything of this instant has happened,
  // and streams stand as given. If layers repeat, writes their dates down, moves the streams on by
  // them and says how many, and how long they take together.
  Repetition skip(std::int64_t complete, Duration now, std::span<StreamProgress> streams,
                  PassDates& dates, std::vector<Duration>& flow_ends);

 private:
  struct View;
  const OpTable& table_;
  Duration before_{0};         // when the last layer before was complete
  std::int64_t complete_ = 0;  // how many were complete at before_
};

}  // namespace headroom
