#include "hwmodels/kernels/gemm_model.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cmath>

#include "hwmodels/kernels/elementwise_model.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

// 100 SMs, 100 TFLOPS, 1 TB/s, 10 MB of L2.
GpuSpec plain_gpu() {
  GpuSpec gpu;
  gpu.sm_count = 100;
  gpu.bf16 = FlopsPerSecond{1e14};
  gpu.fp8 = FlopsPerSecond{2e14};
  gpu.hbm_bandwidth = BytesPerSecond{1e12};
  gpu.l2 = Bytes{10e6};
  return gpu;
}

// No launch, no overheads, everything that was promised.
GemmParams ideal() {
  GemmParams params;
  params.e_c = params.e_m = params.kappa = 1;
  params.t0_us = params.k0 = params.beta = params.gamma = params.step_ns = params.split_us = 0;
  return params;
}

TEST_CASE("a large GEMM on an ideal board takes its arithmetic", "[kernels]") {
  // 2 x 8192^3 / 1e14 = 10.995 ms; memory, 0.403 ms, is cubed away: (1 + 0.0366^3)^(1/3).
  const double seconds = gemm_seconds({8192, 8192, 8192}, plain_gpu(), ideal());
  CHECK(seconds == Approx(10.995e-3).epsilon(1e-4));
}

TEST_CASE("a GEMM of few rows takes its weights", "[kernels]") {
  // 2 x 8192 x 8192 = 134.2 MB at 1 TB/s; arithmetic on 16 rows 2 x 16 x 8192^2 / 1e14 = 21.5 us;
  // (134.2 + 0.03 of the activations)^3 + 21.5^3: 134.43 us.
  const double seconds = gemm_seconds({1, 8192, 8192}, plain_gpu(), ideal());
  CHECK(seconds == Approx(134.43e-6).epsilon(1e-3));
  // Half of the bandwidth, and a launch.
  auto params = ideal();
  params.e_m = 0.5;
  params.t0_us = 3;
  CHECK(gemm_seconds({1, 8192, 8192}, plain_gpu(), params) == Approx(271.6e-6).epsilon(2e-3));
}

TEST_CASE("a tile too many is a wave more where waves are not hidden", "[kernels]") {
  auto params = ideal();
  params.gamma = 1;
  // Tiles of 64 x 64: 10 x 10 are one wave of 100 SMs, 10 x 11 two.
  const auto gpu = plain_gpu();
  const double one = gemm_seconds({640, 640, 65536}, gpu, params);
  const double two = gemm_seconds({640, 641, 65536}, gpu, params);
  // 2 x 640 x 640 x 65536 / 1e14 = 536.9 us against memory of about 168 us: (536.9^3 +
  // 168^3)^(1/3).
  CHECK(one == Approx(542.3e-6).epsilon(1e-3));
  CHECK(two / one == Approx(2).epsilon(0.02));
}

TEST_CASE("a long inner dimension takes its time however few the columns", "[kernels]") {
  auto params = ideal();
  params.step_ns = 1;
  params.split_us = 3;
  const auto gpu = plain_gpu();
  // 1 ns x 2048 columns of K, with 0.26 us of memory and less arithmetic beside it.
  CHECK(gemm_seconds({1, 64, 2048}, gpu, params) == Approx(2.05e-6).epsilon(0.02));
  // From 3 us on K is split, here into as many parts as there are SMs: 3 + 16.384 / 100 us, beside
  // 16384 x 65 x 2 bytes, 2.13 us: (3.164^3 + 2.13^3)^(1/3) = 3.457.
  CHECK(gemm_seconds({1, 64, 16384}, gpu, params) == Approx(3.457e-6).epsilon(0.01));
}

TEST_CASE("inputs that are narrowed on the fly cost a pass and something per row", "[kernels]") {
  auto params = ideal();
  params.row_ns = 5;
  const auto gpu = plain_gpu();
  const GemmShape fp8{8192, 8192, 8192, DataType::kFp8, DataType::kFp8};
  // Arithmetic 5.4976 ms; 8192 rows x 5 ns = 41 us, and 1.5 times 3 bytes x 8192^2 / 1e12 = 302 us,
  // together 304.8 us.
  CHECK(gemm_seconds(fp8, gpu, params) == Approx(5.8024e-3).epsilon(1e-3));
}

// ---- Properties ----

GemmParams random_params(RandomStream& random) {
  constexpr std::array<std::array<double, 4>, 5> kMenus{{{64, 64, 64, 64},
                                                         {64, 128, 128, 128},
                                                         {64, 128, 256, 128},
                                                         {64, 128, 128, 256},
                                                         {128, 128, 128, 128}}};
  GemmParams params;
  for (const auto& field : fields_of<GemmParams>())
    if (!field.chosen)
      params.*field.member = field.lower + random.uniform() * (field.upper - field.lower);
  params.e_c = std::min(params.e_c, 1.0);
  const auto& menu = kMenus[static_cast<std::size_t>(random.uniform() * kMenus.size())];
  params.small_rows = menu[0];
  params.large_rows = menu[1];
  params.columns = menu[2];
  params.row_pad = menu[3];
  return params;
}

double log_uniform(RandomStream& random, double high) {
  return std::floor(std::exp(random.uniform() * std::log(high)));
}

TEST_CASE("no shape is faster than its roofline or than a smaller one", "[kernels]") {
  RandomStream random(1, "gemm shapes");
  const auto gpu = plain_gpu();
  GemmParams params;
  for (int i = 0; i < 100'000; ++i) {
    if (i % 100 == 0) params = random_params(random);
    const DataType type = i % 3 == 0 ? DataType::kFp8 : DataType::kBf16;
    const GemmShape shape{log_uniform(random, 40'000), log_uniform(random, 70'000),
                          log_uniform(random, 70'000), type, type};
    const double seconds = gemm_seconds(shape, gpu, params);
    const double flops = 2 * shape.m * shape.n * shape.k;
    const double weights = bytes_per_element(type) * shape.n * shape.k;
    INFO(shape.m << " x " << shape.n << " x " << shape.k << " set " << i / 100);
    REQUIRE(seconds >= flops / peak_rate(gpu, type).value);
    REQUIRE(seconds >= weights / gpu.hbm_bandwidth.value);
    const double more = 1 + std::floor(random.uniform() * 300);
    constexpr double kRounding = 1 - 1e-12;
    auto larger = shape;
    larger.m += more;
    REQUIRE(gemm_seconds(larger, gpu, params) >= seconds * kRounding);
    larger = shape;
    larger.n += more;
    REQUIRE(gemm_seconds(larger, gpu, params) >= seconds * kRounding);
    larger = shape;
    larger.k += more;
    REQUIRE(gemm_seconds(larger, gpu, params) >= seconds * kRounding);
  }
}

TEST_CASE("elementwise kernels take a launch and their bytes", "[kernels]") {
  ElementwiseParams params;
  params.t_us = 2;
  params.e = 0.5;
  params.kappa = 4;
  const auto gpu = plain_gpu();
  const auto seconds = [&](double bytes) {
    return elementwise_seconds({ElementwiseKind::kNorm, bytes}, gpu, params);
  };
  CHECK(seconds(0) == Approx(2e-6));
  CHECK(seconds(4e6) == Approx(4e-6));     // in the L2: 4 MB at 4 x 0.5 TB/s
  CHECK(seconds(1e9) == Approx(2002e-6));  // all from memory, at 0.5 TB/s
  CHECK(seconds(7e6) == Approx(11.5e-6));  // 2 MB beyond half of the L2 push out 2 more
  double last = 0;
  for (double bytes = 0; bytes < 4e7; bytes += 1e5) {
    CHECK(seconds(bytes) >= last);
    last = seconds(bytes);
  }
}

}  // namespace
}  // namespace headroom
