// tests/bench/offload_bench.cpp -- what runs of a system that streams weights and attends on the
// CPU cost: MoE-Lens, Mixtral-8x7B (scenarios/reproductions/moe_lens_mixtral_a40.yaml).
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "sim/app/run_scenario.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "tests/bench/measured_runs.hpp"

namespace headroom::bench {
namespace {

constexpr int kRepetitions = 3;

std::string moe_lens() {
  return std::string(HEADROOM_SOURCE_DIR) + "/scenarios/reproductions/moe_lens_mixtral_a40.yaml";
}

// Iterations of a run with paced admission, so that every pass in the middle of it is like the
// others.
double iterations_of(std::int64_t output_tokens, std::int64_t requests) {
  const Scenario scenario =
      load_scenario(moe_lens(), {"serving.scheduler=paced", "serving.max_num_batched_tokens=30769",
                                 "serving.block_size=1", "workload.prompt_tokens=98",
                                 "workload.output_tokens=" + std::to_string(output_tokens),
                                 "workload.requests=" + std::to_string(requests)});
  RunControl control;
  control.mode = RecordMode::kSummary;
  return static_cast<double>(run_scenario(scenario, control).metrics.iterations);
}

void whole_run(const std::string& binary) {
  const ProcessCost cost = MeasuredRuns(binary).of_file(moe_lens(), kRepetitions);
  std::printf("MoE-Lens, Mixtral-8x7B on an A40: 32 layers, weights streamed, CPU attention\n");
  std::printf("  10,000 requests of MTBench, whole process, request rows %7.3f CPU-s, %.0f MiB\n",
              cost.cpu_s, cost.mebibytes());
}

// What more requests cost: start-up, filling and draining are in both runs.
void steady_state(std::int64_t output_tokens) {
  constexpr std::int64_t kFew = 20'000, kMany = 100'000;
  const auto measure = [&](std::int64_t requests) {
    return cheapest_in_child(kRepetitions, [&] { return iterations_of(output_tokens, requests); });
  };
  const WorkCost few = measure(kFew), many = measure(kMany);
  const double iterations = many.result - few.result;
  const double sequences = static_cast<double>((kMany - kFew) * output_tokens) / iterations;
  std::printf(
      "  steady state, %3lld output tokens, %5.0f sequences a pass %13.0f iterations/CPU-s\n",
      static_cast<long long>(output_tokens), sequences, iterations / (many.cpu_s - few.cpu_s));
  std::fflush(stdout);
}

}  // namespace
}  // namespace headroom::bench

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--headroom") {
    std::cerr << "usage: offload_bench --headroom PATH_OF_THE_BINARY\n";
    return 2;
  }
  try {
    headroom::bench::whole_run(argv[2]);
    for (const std::int64_t output_tokens : {32, 64, 128, 256})
      headroom::bench::steady_state(output_tokens);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
