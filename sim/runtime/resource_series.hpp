// sim/runtime/resource_series.hpp -- use of one replica's resources over time, in bins that double
// when there are too many.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

struct ResourceBin {
  double busy_s = 0;      // time an iteration was under way
  double compute_s = 0;   // arithmetic done, in seconds at peak rate
  double hbm_s = 0;       // bytes moved, in seconds at full bandwidth
  double kv_block_s = 0;  // blocks in use, integrated over time
};

class ResourceSeries {
 public:
  // Width 0: nothing is kept.
  explicit ResourceSeries(Duration bin_width = Duration{0}) : width_(bin_width) {}

  // Spreads what happened in [start, end) evenly over that time. Called with non-decreasing starts.
  void add(TimePoint start, TimePoint end, const ResourceBin& use);
  Duration bin_width() const { return width_; }
  const std::vector<ResourceBin>& bins() const { return bins_; }

  static constexpr std::size_t kMaxBins = 2000;

 private:
  void halve();
  Duration width_;
  std::vector<ResourceBin> bins_;
};

}  // namespace headroom
