// tests/bench/serving_bench.cpp -- what serving runs cost. CPU seconds are those of whole
// processes, start-up and SQLite included, unless the line says otherwise.
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "hwmodels/compute/op_time_model.hpp"
#include "hwmodels/compute/work_rates.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/config/data_folder.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/runtime/serving_simulation.hpp"
#include "sim/runtime/table_workload.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "tests/bench/bare_loop.hpp"
#include "tests/bench/bench_cases.hpp"
#include "tests/bench/measured_runs.hpp"

namespace headroom::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kRepetitions = 5;

class ServingBench {
 public:
  explicit ServingBench(std::string binary) : runs_(std::move(binary)) {}

  void run() {
    start_up();
    conversation();
    scaling();
    trace("Azure 2023 conversations, 19,366 requests, 2 x H100", kAzureTrace, azure_case());
    trace("Mooncake conversations, 12,031 requests, prefix caching, 8 x H100", kMooncakeTrace,
          mooncake_case());
  }

 private:
  static bool is_there(const char* file) {
    const auto data = data_folder();
    return data && fs::exists(fs::path(*data) / file);
  }

  void start_up() {
    const ProcessCost cost = runs_.of_start_up(kRepetitions);
    start_up_s_ = cost.cpu_s;
    std::printf("start-up (headroom --version): %.1f CPU-ms, %.0f MiB\n", cost.cpu_s * 1e3,
                cost.mebibytes());
  }

  void conversation() {
    const bool real = is_there(kConversationTrace);
    std::printf("\n50,000 conversations, Llama-2-7B on A100-80GB%s\n",
                real ? ""
                     : " (SYNTHETIC: needs ${HEADROOM_DATA}/bench/requests_conv_q2_50000.csv.gz "
                       "for the real one)");
    const std::string text = conversation_case(real);
    const ProcessCost whole = runs_.of_text(text, kRepetitions);
    const ProcessCost summary = runs_.of_text(text, kRepetitions, {"--record", "summary"});
    const ProcessCost iterations = runs_.of_text(text, 2, {"--set", "record.iterations=true"});
    const Scenario scenario = load_scenario_text(text, "bench");
    const RequestTable table = scenario.make_requests(scenario.seed);
    const WorkCost simulation =
        cheapest_in_child(kRepetitions, [&] { return simulate_once(scenario, table); });
    const WorkCost bare =
        cheapest_in_child(kRepetitions, [&] { return run_bare_once(scenario, table); });
    const auto requests = static_cast<double>(table.requests.size());
    std::printf("  whole process, request rows in SQLite   %7.3f CPU-s, %.0f MiB\n", whole.cpu_s,
                whole.mebibytes());
    std::printf("  whole process, metrics alone            %7.3f CPU-s, %.0f MiB\n", summary.cpu_s,
                summary.mebibytes());
    std::printf("  whole process, iteration rows too       %7.3f CPU-s, %.0f MiB\n",
                iterations.cpu_s, iterations.mebibytes());
    std::printf("  simulation alone                        %7.3f CPU-s, %.0f iterations\n",
                simulation.cpu_s, simulation.result);
    std::printf("  bare loop of the same batching          %7.3f CPU-s, %.0f iterations\n",
                bare.cpu_s, bare.result);
    std::printf("  ratio to the bare loop                  %7.2f\n", simulation.cpu_s / bare.cpu_s);
    std::printf("  per CPU-second of the whole process     %.3g requests, %.3g iterations\n",
                requests / whole.cpu_s, simulation.result / whole.cpu_s);
  }

  // Requests per second, as `headroom run` states it.
  static double saturation_of(const Scenario& scenario) {
    RunControl control;
    control.mode = RecordMode::kSummary;
    const CompletedRun run = run_scenario(scenario, control);
    for (const auto& limit : run.limits)
      if (limit.name == "saturation" && limit.metric == "requests_per_s") return limit.value;
    throw std::runtime_error("the synthetic scenario has no saturation rate");
  }

  // Returns the iterations.
  static double simulate_once(const Scenario& scenario, const RequestTable& table) {
    const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
    const auto roofline = make_op_time_model("roofline", scenario.hardware.gpu);
    const ServingSetup setup{.model = model,
                             .op_times = *roofline,
                             .roofline = *roofline,
                             .gpu = scenario.hardware.gpu,
                             .serving = scenario.serving,
                             .replicas = scenario.hardware.replicas,
                             .kv_blocks = kv_capacity(scenario).usable_blocks,
                             .max_model_len = scenario.serving.max_model_len,
                             .make_batch_policy = scenario.make_batch_policy,
                             .make_router = scenario.make_router,
                             .identities = {table.hash_ids, table.hash_block_tokens},
                             .resource_bin = to_duration(scenario.record.resource_bin)};
    const auto kernel = make_simgrid_kernel(Platform{});
    TableWorkload workload(table);
    const RunResult result = simulate(setup, workload, *kernel);
    double iterations = 0;
    for (const auto& replica : result.replicas)
      iterations += static_cast<double>(replica.iterations);
    return iterations;
  }

  static double run_bare_once(const Scenario& scenario, const RequestTable& table) {
    const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
    const auto roofline = make_op_time_model("roofline", scenario.hardware.gpu);
    const WorkRates rates = work_rates(model, *roofline);
    const BareCosts costs{.seconds_per_token = rates.compute_s_per_token,
                          .seconds_per_attention_pair = rates.compute_s_per_prefill_pair[0],
                          .seconds_per_weight_pass = rates.hbm_s_weights_per_step,
                          .seconds_per_context_token = rates.hbm_s_per_kv_token[0]};
    return static_cast<double>(run_bare_loop(table, {}, costs).iterations);
  }

  void scaling() {
    const WorkCost saturation = measure_in_child(
        [] { return saturation_of(load_scenario_text(synthetic_case(5000, 1.0), "bench")); });
    const double rate = 0.7 * saturation.result;
    std::printf(
        "\nsynthetic requests at 0.7 of the saturation rate (%.2f /s), Llama-3.1-8B on H100, "
        "request rows in SQLite\n",
        rate);
    std::printf("  %10s %12s %10s %26s\n", "requests", "CPU-s", "MiB", "marginal CPU-us/request");
    std::optional<ProcessCost> before;
    std::int64_t requests_before = 0;
    for (const std::int64_t requests : {5'000LL, 50'000LL, 500'000LL, 5'000'000LL}) {
      const ProcessCost cost =
          runs_.of_text(synthetic_case(requests, rate), requests <= 50'000 ? kRepetitions : 1);
      const double more_s = cost.cpu_s - (before ? before->cpu_s : start_up_s_);
      std::printf("  %10lld %12.3f %10.0f %26.2f\n", static_cast<long long>(requests), cost.cpu_s,
                  cost.mebibytes(), 1e6 * more_s / static_cast<double>(requests - requests_before));
      std::fflush(stdout);
      before = cost;
      requests_before = requests;
    }
  }

  void trace(const char* title, const char* file, const std::string& text) {
    std::printf("\n%s\n", title);
    if (!is_there(file)) {
      std::printf("  SKIPPED: needs ${HEADROOM_DATA}/%s\n", file);
      return;
    }
    const ProcessCost cost = runs_.of_text(text, kRepetitions);
    std::printf("  whole process, request rows in SQLite   %7.3f CPU-s, %.0f MiB\n", cost.cpu_s,
                cost.mebibytes());
  }

  MeasuredRuns runs_;
  double start_up_s_ = 0;
};

}  // namespace
}  // namespace headroom::bench

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--headroom") {
    std::cerr << "usage: serving_bench --headroom PATH_OF_THE_BINARY\n";
    return 2;
  }
  try {
    headroom::bench::ServingBench(argv[2]).run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
