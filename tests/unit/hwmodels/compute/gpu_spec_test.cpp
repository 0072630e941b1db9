#include "hwmodels/compute/gpu_spec.hpp"

#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "tests/unit/hwmodels/compute/test_gpus.hpp"

namespace headroom {
namespace {

TEST_CASE("a type without a rate of its own runs at the next wider one that has", "[compute]") {
  GpuSpec gpu = testing::round_gpu();  // like an A100: no fp8, no fp4
  CHECK(peak_rate(gpu, DataType::kFp8).value == 100e12);
  CHECK(peak_rate(gpu, DataType::kNvfp4).value == 100e12);
  CHECK(peak_rate(gpu, DataType::kInt8).value == 100e12);
  gpu.fp8 = FlopsPerSecond(200e12);
  CHECK(peak_rate(gpu, DataType::kFp8).value == 200e12);
  CHECK(peak_rate(gpu, DataType::kMxfp4).value == 200e12);
  CHECK(peak_rate(gpu, DataType::kFp16).value == 100e12);
  CHECK(peak_rate(gpu, DataType::kFp32).value == 1e12);
}

TEST_CASE("a GPU without any rate is our bug by then", "[compute]") {
  CHECK_THROWS_AS(peak_rate(GpuSpec{}, DataType::kBf16), InternalError);
}

}  // namespace
}  // namespace headroom
