// tests/bench/gemm_bench.cpp -- what pricing a kernel costs: nanoseconds of one call, shapes that
// change from call to call. 3 rounds, the best counts.
#include <algorithm>
#include <cstdio>
#include <vector>

#include "hwmodels/kernels/elementwise_model.hpp"
#include "hwmodels/kernels/gemm_model.hpp"
#include "tests/bench/measured_process.hpp"

namespace {

using namespace headroom;

constexpr int kCalls = 2'000'000;

template <class Call>
void report(const char* what, Call&& call) {
  double best = 1e9, sum = 0;
  for (int round = 0; round < 3; ++round) {
    const double before = bench::cpu_seconds();
    for (int i = 0; i < kCalls; ++i) sum += call(i);
    best = std::min(best, bench::cpu_seconds() - before);
  }
  std::printf("%-24s %8.1f ns each (checksum %.3g)\n", what, best / kCalls * 1e9, sum);
}

}  // namespace

int main() {
  GpuSpec gpu;
  gpu.sm_count = 132;
  gpu.bf16 = FlopsPerSecond{989e12};
  gpu.fp8 = FlopsPerSecond{1979e12};
  gpu.hbm_bandwidth = BytesPerSecond{3.35e12};
  gpu.l2 = Bytes{50e6};
  const auto shape = [](int i, DataType type) {
    return GemmShape{1.0 + i % 4097, 1024.0 + 64 * (i % 113), 4096.0 + 32 * (i % 57), type, type};
  };
  report("GEMM in bf16",
         [&](int i) { return gemm_seconds(shape(i, DataType::kBf16), gpu, GemmParams{}); });
  report("GEMM in fp8",
         [&](int i) { return gemm_seconds(shape(i, DataType::kFp8), gpu, GemmParams{}); });
  report("elementwise", [&](int i) {
    return elementwise_seconds({ElementwiseKind::kNorm, 1e4 * (i % 997)}, gpu, ElementwiseParams{});
  });
}
