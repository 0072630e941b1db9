// hwmodels/compute/roofline.hpp -- the roofline: an op takes the longest of its arithmetic at the peak rate of its type, its
// HBM traffic at data-sheet bandwidth, and what it sends at the bandwidth of the link between ranks (PCIe when the GPU has
// no scale-up link). No efficiency, no launch: nothing can be faster. Source: Williams, Waterman, Patterson, "Roofline",
// CACM 52(4), 2009.
#pragma once

#include <array>

#include "hwmodels/compute/op_time_model.hpp"

namespace headroom {

class RooflineModel final : public OpTimeModel {
 public:
  explicit RooflineModel(const GpuSpec& gpu);
  OpTime time(const Op& op) const override;

 private:
  static constexpr std::size_t kTypes = 8;
  std::array<FlopsPerSecond, kTypes> peak_;  // by DataType: looked up for every attention op of every iteration
  BytesPerSecond hbm_, link_;
};

}  // namespace headroom
