#include "hwmodels/compute/roofline.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {

RooflineModel::RooflineModel(const GpuSpec& gpu)
    : peak_{},
      hbm_(gpu.hbm_bandwidth),
      link_(gpu.scaleup_bandwidth.value > 0 ? gpu.scaleup_bandwidth : gpu.pcie_bandwidth) {
  HEADROOM_CHECK(hbm_.value > 0, "HBM bandwidth is positive, ", gpu.name, " has ", hbm_.value);
  for (std::size_t i = 0; i < kDataTypes; ++i) peak_[i] = peak_rate(gpu, static_cast<DataType>(i));
}

OpTime RooflineModel::time(const Op& op) const {
  OpTime result;
  result.compute = op.flops / peak_[static_cast<std::size_t>(op.compute_type)];
  result.hbm = op.hbm_bytes() / hbm_;
  if (op.comm_bytes.value > 0) {
    HEADROOM_CHECK(link_.value > 0, "ranks that communicate have a link between them");
    result.network = op.comm_bytes / link_;
  }
  result.time = result.hbm;
  if (result.compute > result.time) {
    result.time = result.compute;
    result.bound = Bound::kCompute;
  }
  if (result.network > result.time) {
    result.time = result.network;
    result.bound = Bound::kNetwork;
  }
  result.low = result.high = result.time;
  return result;
}

}  // namespace headroom
