// hwmodels/compute/gpu_spec.hpp -- the data sheet of one GPU, as a value. Dense rates, not the
// sparse marketing figure.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "sim/base/units.hpp"
#include "sim/transformer/data_type.hpp"

namespace headroom {

struct GpuSpec {
  std::string name;
  std::string architecture;
  std::int64_t sm_count = 0;
  FlopsPerSecond fp32{0}, tf32{0}, bf16{0}, fp8{0}, int8{0},
      fp4{0};             // 0: the data sheet has no such rate
  Bytes hbm_capacity{0};  // what the driver reports, not the marketing size
  BytesPerSecond hbm_bandwidth{0};
  Bytes l2{0};
  BytesPerSecond scaleup_bandwidth{0};  // NVLink or the like, one direction; 0: none
  BytesPerSecond pcie_bandwidth{0};     // one direction
  double tdp_w = 0, idle_w = 0;
};

// The arithmetic rate ops of this type run at; a type without a rate of its own runs at the next
// wider one that has (fp8 on an A100 is computed in bf16).
FlopsPerSecond peak_rate(const GpuSpec& gpu, DataType type);

}  // namespace headroom
