// sim/engine/pass_dates.hpp -- when the operations of a pass started and ended, layer by layer,
// since the start of the pass. Before layer 0 stand layers that ended at 0, so that what waits for
// them looks without asking.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/graph/op_graph.hpp"

namespace headroom {

inline constexpr Duration kNotYet{-1};

class PassDates {
 public:
  // For `layers` layers of `slots` operations and `look_back` before them. What stood there before
  // stands there still.
  void resize(std::int64_t layers, std::size_t slots, std::size_t look_back) {
    slots_ = slots;
    first_ = slots * look_back;
    const std::size_t size = first_ + static_cast<std::size_t>(layers) * slots;
    if (start_.size() < size) {
      start_.resize(size, Duration(0));
      end_.resize(size, Duration(0));
    }
    size_ = size;
  }
  // No operation has started.
  void clear() {
    for (auto* dates : {&start_, &end_})
      std::fill(dates->begin() + static_cast<std::ptrdiff_t>(first_),
                dates->begin() + static_cast<std::ptrdiff_t>(size_), kNotYet);
  }

  std::size_t index(std::int64_t layer, SlotIndex slot) const {
    return first_ + static_cast<std::size_t>(layer) * slots_ + slot;
  }
  // Of slot 0 of a layer; the others follow.
  Duration* starts(std::int64_t layer) { return start_.data() + index(layer, 0); }
  Duration* ends(std::int64_t layer) { return end_.data() + index(layer, 0); }
  Duration& start(std::size_t index) { return start_[index]; }
  Duration& end(std::size_t index) { return end_[index]; }
  Duration start(std::size_t index) const { return start_[index]; }
  Duration end(std::size_t index) const { return end_[index]; }

 private:
  std::size_t slots_ = 0, first_ = 0, size_ = 0;
  std::vector<Duration> start_, end_;
};

}  // namespace headroom
