#include "hwmodels/compute/gpu_spec.hpp"

#include <initializer_list>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

FlopsPerSecond first_of(const GpuSpec& gpu, std::initializer_list<FlopsPerSecond> rates) {
  for (const auto rate : rates)
    if (rate.value > 0) return rate;
  HEADROOM_CHECK(false, "a GPU has an arithmetic rate, ", gpu.name,
                 " has none that could run this type");
  return FlopsPerSecond(0);
}

}  // namespace

FlopsPerSecond peak_rate(const GpuSpec& gpu, DataType type) {
  switch (type) {
    case DataType::kFp32:
      return first_of(gpu, {gpu.fp32, gpu.tf32, gpu.bf16});
    case DataType::kFp16:
    case DataType::kBf16:
      return first_of(gpu, {gpu.bf16, gpu.tf32, gpu.fp32});
    case DataType::kFp8:
    case DataType::kMxfp8:
      return first_of(gpu, {gpu.fp8, gpu.bf16, gpu.tf32, gpu.fp32});
    case DataType::kInt8:
    case DataType::kMxint8:
      return first_of(gpu, {gpu.int8, gpu.bf16, gpu.tf32, gpu.fp32});
    case DataType::kMxfp4:
    case DataType::kNvfp4:
      return first_of(gpu, {gpu.fp4, gpu.fp8, gpu.bf16, gpu.tf32, gpu.fp32});
    case DataType::kInt4:
    case DataType::kMxint4:
    case DataType::kNvint4:
    case DataType::kQ4KM:
      return first_of(gpu, {gpu.int8, gpu.bf16, gpu.tf32, gpu.fp32});
  }
  return first_of(gpu, {});
}

}  // namespace headroom
