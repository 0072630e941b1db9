// tests/bench/executor_bench.cpp -- what a pass through a hybrid model of 32 layers costs: passes
// per CPU-second, and the layers that were run for it. Amounts change from pass to pass, as those
// of a decoding batch do. 3 rounds, the best counts.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "sim/engine/executor.hpp"
#include "tests/bench/measured_process.hpp"
#include "tests/simulation/executor/hybrid_graph.hpp"

namespace {

using namespace headroom;
using bench::cpu_seconds;

constexpr std::int64_t kLayers = 32;

void measure(const char* what, const OpGraph& graph, Kernel* kernel, double scale, int passes,
             const ExecutorOptions& options = {}) {
  Executor executor(graph, kernel, options);
  OpGraphAmounts amounts = test::hybrid_amounts(graph, kLayers, scale);
  const auto first = amounts;
  double best = 1e9;
  double layers_run = 0;
  double makespan_s = 0;
  for (int round = 0; round < 3; ++round) {
    amounts = first;
    layers_run = 0;
    const double before = cpu_seconds();
    for (int pass = 0; pass < passes; ++pass) {
      for (double& bytes : amounts.bytes) bytes *= 1.000001;  // the contexts grow
      const PassResult& result = executor.run(amounts);
      layers_run += static_cast<double>(result.layers_run);
      makespan_s = to_seconds(result.makespan).value;
    }
    best = std::min(best, cpu_seconds() - before);
  }
  std::printf("%-58s %9.0f passes/CPU-s %8.2f us each, %5.1f layers run, %.3f s simulated\n", what,
              passes / best, best / passes * 1e6, layers_run / passes, makespan_s);
}

}  // namespace

int main() {
  const OpGraph own = test::hybrid_graph({.one_stream_each = true});
  const OpGraph shared = test::hybrid_graph({});
  const OpGraph narrow = test::hybrid_graph({.dram = 120e9});
  measure("private links", own, nullptr, 1, 100'000);
  measure("private links, every layer run", own, nullptr, 1, 100'000, {.extrapolate = false});
  // The links of all are the same, but for DRAM's bandwidth: one kernel cannot serve two.
  const auto kernel = make_simgrid_kernel(platform_of(narrow));
  measure("PCIe shared, DRAM wide", shared, kernel.get(), 1, 3'000);
  for (const double scale : {0.5, 1.0, 5.0, 20.0, 40.0}) {
    std::printf("all but the weights times %g\n", scale);
    measure("  PCIe and DRAM shared", narrow, kernel.get(), scale, 3'000);
  }
  measure("PCIe and DRAM shared, every layer run", narrow, kernel.get(), 1, 300,
          {.extrapolate = false});
  return 0;
}
