#include "hwmodels/compute/roofline.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"
#include "tests/unit/hwmodels/compute/test_gpus.hpp"

namespace headroom {
namespace {

Op op_of(double flops, double bytes, double sent) {
  Op op;
  op.flops = Flops(flops);
  op.activation_bytes = Bytes(bytes);
  op.comm_bytes = Bytes(sent);
  return op;
}

TEST_CASE("an op takes the longest of arithmetic and memory and link and says which", "[compute]") {
  const RooflineModel model(testing::round_gpu());
  const OpTime compute = model.time(op_of(100e12, 0.5e12, 0));  // 1 s against 0.5 s
  CHECK(compute.time.value == 1);
  CHECK(compute.bound == Bound::kCompute);
  const OpTime memory = model.time(op_of(10e12, 0.5e12, 0));
  CHECK(memory.time.value == 0.5);
  CHECK(memory.bound == Bound::kHbm);
  const OpTime network = model.time(op_of(10e12, 0.5e12, 2e11));  // 2 s on the link
  CHECK(network.time.value == 2);
  CHECK(network.bound == Bound::kNetwork);
  CHECK(network.compute.value == 0.1);
  CHECK(network.hbm.value == 0.5);
}

TEST_CASE("without a scale-up link ranks talk over PCIe", "[compute]") {
  GpuSpec gpu = testing::round_gpu();
  gpu.scaleup_bandwidth = BytesPerSecond(0);
  CHECK(RooflineModel(gpu).time(op_of(0, 0, 1e10)).time.value == 1);
}

TEST_CASE("no op is faster than any of its roofs and none slower than their sum", "[compute]") {
  const RooflineModel model(testing::round_gpu());
  RandomStream random(1, "roofline");
  for (int i = 0; i < 10'000; ++i) {
    const Op op = op_of(random.uniform(0, 1e14), random.uniform(0, 1e12), random.uniform(0, 1e11));
    const OpTime time = model.time(op);
    const double longest = std::max({time.compute.value, time.hbm.value, time.network.value});
    REQUIRE(time.time.value == longest);
    REQUIRE(time.low == time.time);
    REQUIRE(time.high == time.time);
    REQUIRE(time.launch.value == 0);
    // Twice the work takes twice as long.
    REQUIRE(
        model
            .time(op_of(2 * op.flops.value, 2 * op.activation_bytes.value, 2 * op.comm_bytes.value))
            .time.value == Approx(2 * longest));
  }
}

TEST_CASE("an unknown cost model is refused with the known ones", "[compute]") {
  CHECK(op_time_model_names() == std::vector<std::string>{"roofline"});
  CHECK(make_op_time_model("roofline", testing::round_gpu()) != nullptr);
  CHECK_THROWS_WITH(make_op_time_model("rofline", testing::round_gpu()),
                    "unknown cost model 'rofline'; known: roofline");
}

}  // namespace
}  // namespace headroom
