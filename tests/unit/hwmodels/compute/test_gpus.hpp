// tests/unit/hwmodels/compute/test_gpus.hpp -- a GPU with round numbers.
#pragma once

#include "hwmodels/compute/gpu_spec.hpp"

namespace headroom::testing {

inline GpuSpec round_gpu() {
  GpuSpec gpu;
  gpu.name = "round";
  gpu.fp32 = FlopsPerSecond(1e12);
  gpu.bf16 = FlopsPerSecond(100e12);
  gpu.hbm_bandwidth = BytesPerSecond(1e12);
  gpu.scaleup_bandwidth = BytesPerSecond(1e11);
  gpu.pcie_bandwidth = BytesPerSecond(1e10);
  return gpu;
}

}  // namespace headroom::testing
