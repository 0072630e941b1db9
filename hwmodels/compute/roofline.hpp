// hwmodels/compute/roofline.hpp -- the roofline: an op takes the longest of its arithmetic at the
// peak rate of its type, its HBM traffic at data-sheet bandwidth, and what it sends at the
// bandwidth of the link between ranks (PCIe when the GPU has no scale-up link). No efficiency, no
// launch: nothing can be faster. Source: Williams, Waterman, Patterson, "Roofline", CACM 52(4),
// 2009.
#pragma once

#include <array>

#include "hwmodels/compute/op_time_model.hpp"

namespace headroom {

class RooflineModel final : public OpTimeModel {
 public:
  explicit RooflineModel(const GpuSpec& gpu);
  OpTime time(const Op& op) const override;
  // time(op).time of an op without communication: what the loop over fast-forwarded iterations
  // needs, inline.
  double local_seconds(const Op& op) const {
    const Seconds compute = op.flops / peak_[static_cast<std::size_t>(op.compute_type)];
    const Seconds hbm = op.hbm_bytes() / hbm_;
    return compute > hbm ? compute.value : hbm.value;
  }

 private:
  std::array<FlopsPerSecond, kDataTypes>
      peak_;  // by DataType: looked up for every attention op of every iteration
  BytesPerSecond hbm_, link_;
};

}  // namespace headroom
