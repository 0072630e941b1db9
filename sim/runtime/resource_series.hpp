// sim/runtime/resource_series.hpp -- use of one replica's resources over time, in bins that double
// when there are too many. Links of a node come beside what every replica has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
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
  explicit ResourceSeries(Duration bin_width = Duration{0}, std::size_t links = 0)
      : width_(bin_width), links_(links) {}

  // Spreads what happened in [start, end) evenly over that time. Called with non-decreasing starts.
  // `link_bytes`: as many as there are links, or none.
  void add(TimePoint start, TimePoint end, const ResourceBin& use,
           std::span<const double> link_bytes = {});
  Duration bin_width() const { return width_; }
  const std::vector<ResourceBin>& bins() const { return bins_; }
  double link_bytes(std::size_t bin, std::size_t link) const {
    return link_bytes_[bin * links_ + link];
  }

  static constexpr std::size_t kMaxBins = 2000;

 private:
  void halve();
  void accumulate(std::size_t bin, const ResourceBin& use, std::span<const double> link_bytes,
                  double share);
  Duration width_;
  std::size_t links_ = 0;
  std::vector<ResourceBin> bins_;
  std::vector<double> link_bytes_;  // bin * links + link
};

}  // namespace headroom
