// What `./bootstrap.sh bench` runs: measures, prints, judges nothing. CPU seconds are those of
// whole processes, start-up and SQLite included, unless the line says otherwise.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/limits/limits.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "hwmodels/compute/work_rates.hpp"
#include "sim/config/data_folder.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/runtime/serving_simulation.hpp"
#include "sim/runtime/table_workload.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "tests/bench/bare_loop.hpp"
#include "tests/bench/bench_cases.hpp"
#include "tests/bench/measured_process.hpp"

namespace headroom::bench {
namespace {

namespace fs = std::filesystem;

constexpr int kRepetitions = 5;

class Bench {
 public:
  explicit Bench(std::string binary) : binary_(std::move(binary)) {
    std::string pattern = (fs::temp_directory_path() / "headroom-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr)
      throw std::runtime_error("cannot create a folder for the results");
    folder_ = pattern;
  }
  ~Bench() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

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

  // The cheapest of several runs: what the machine does besides only ever adds.
  ProcessCost cost_of(const std::string& scenario, int repetitions,
                      const std::vector<std::string>& more = {}) const {
    const fs::path file = folder_ / "scenario.yaml";
    std::ofstream(file) << scenario;
    ProcessCost best;
    for (int i = 0; i < repetitions; ++i) {
      fs::remove(folder_ / "results.sqlite");
      std::vector<std::string> command{binary_, "run", file.string(), "--db",
                                       (folder_ / "results.sqlite").string()};
      command.insert(command.end(), more.begin(), more.end());
      const ProcessCost cost = run_process(command);
      if (!cost.succeeded) throw std::runtime_error("headroom run failed");
      if (i == 0 || cost.cpu_s < best.cpu_s) best = cost;
    }
    return best;
  }

  void start_up() {
    ProcessCost best = run_process({binary_, "--version"});
    for (int i = 1; i < kRepetitions; ++i) {
      const ProcessCost cost = run_process({binary_, "--version"});
      if (cost.cpu_s < best.cpu_s) best = cost;
    }
    start_up_s_ = best.cpu_s;
    std::printf("start-up (headroom --version): %.1f CPU-ms, %.0f MiB\n", best.cpu_s * 1e3,
                mebibytes(best));
  }

  void conversation() {
    const bool real = is_there(kConversationTrace);
    std::printf("\n50,000 conversations, Llama-2-7B on A100-80GB%s\n",
                real ? ""
                     : " (SYNTHETIC: needs ${HEADROOM_DATA}/bench/requests_conv_q2_50000.csv.gz "
                       "for the real one)");
    const std::string text = conversation_case(real);
    const ProcessCost whole = cost_of(text, kRepetitions);
    const ProcessCost summary = cost_of(text, kRepetitions, {"--record", "summary"});
    const ProcessCost iterations = cost_of(text, 2, {"--set", "record.iterations=true"});
    const Scenario scenario = load_scenario_text(text, "bench");
    const RequestTable table = scenario.make_requests(scenario.seed);
    const WorkCost simulation = best_of([&] { return simulate_once(scenario, table); });
    const WorkCost bare = best_of([&] { return run_bare_once(scenario, table); });
    const auto requests = static_cast<double>(table.requests.size());
    std::printf("  whole process, request rows in SQLite   %7.3f CPU-s, %.0f MiB\n", whole.cpu_s,
                mebibytes(whole));
    std::printf("  whole process, metrics alone            %7.3f CPU-s, %.0f MiB\n", summary.cpu_s,
                mebibytes(summary));
    std::printf("  whole process, iteration rows too       %7.3f CPU-s, %.0f MiB\n",
                iterations.cpu_s, mebibytes(iterations));
    std::printf("  simulation alone                        %7.3f CPU-s, %.0f iterations\n",
                simulation.cpu_s, simulation.result);
    std::printf("  bare loop of the same batching          %7.3f CPU-s, %.0f iterations\n",
                bare.cpu_s, bare.result);
    std::printf("  ratio to the bare loop                  %7.2f\n", simulation.cpu_s / bare.cpu_s);
    std::printf("  per CPU-second of the whole process     %.3g requests, %.3g iterations\n",
                requests / whole.cpu_s, simulation.result / whole.cpu_s);
  }

  template <class Work>
  static WorkCost best_of(const Work& work) {
    WorkCost best = measure_in_child(work);
    for (int i = 1; i < kRepetitions; ++i) {
      const WorkCost cost = measure_in_child(work);
      if (cost.cpu_s < best.cpu_s) best = cost;
    }
    return best;
  }

  static Limits limits_of(const Scenario& scenario, const RequestTable& table,
                          const LoweredModel& model) {
    return compute_limits({.model = model,
                           .gpu = scenario.hardware.gpu,
                           .serving = scenario.serving,
                           .table = table,
                           .replicas = scenario.hardware.replicas,
                           .kv_blocks = kv_capacity(scenario).usable_blocks,
                           .max_model_len = scenario.serving.max_model_len});
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
    const std::string sample = synthetic_case(5000, 1.0);
    const Scenario scenario = load_scenario_text(sample, "bench");
    const RequestTable table = scenario.make_requests(scenario.seed);
    const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
    const auto saturation = limits_of(scenario, table, model).saturation_requests_per_s;
    if (!saturation) throw std::runtime_error("the synthetic scenario has no saturation rate");
    const double rate = 0.7 * *saturation;
    std::printf(
        "\nsynthetic requests at 0.7 of the saturation rate (%.2f /s), Llama-3.1-8B on H100, "
        "request rows in SQLite\n",
        rate);
    std::printf("  %10s %12s %10s %26s\n", "requests", "CPU-s", "MiB", "marginal CPU-us/request");
    std::optional<ProcessCost> before;
    std::int64_t requests_before = 0;
    for (const std::int64_t requests : {5'000LL, 50'000LL, 500'000LL, 5'000'000LL}) {
      const ProcessCost cost =
          cost_of(synthetic_case(requests, rate), requests <= 50'000 ? kRepetitions : 1);
      const double more_s = cost.cpu_s - (before ? before->cpu_s : start_up_s_);
      std::printf("  %10lld %12.3f %10.0f %26.2f\n", static_cast<long long>(requests), cost.cpu_s,
                  mebibytes(cost), 1e6 * more_s / static_cast<double>(requests - requests_before));
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
    const ProcessCost cost = cost_of(text, kRepetitions);
    std::printf("  whole process, request rows in SQLite   %7.3f CPU-s, %.0f MiB\n", cost.cpu_s,
                mebibytes(cost));
  }

  static double mebibytes(const ProcessCost& cost) {
    return static_cast<double>(cost.peak_rss_bytes) / 0x1p20;
  }

  std::string binary_;
  fs::path folder_;
  double start_up_s_ = 0;
};

}  // namespace
}  // namespace headroom::bench

int main(int argc, char** argv) {
  if (argc != 3 || std::string(argv[1]) != "--headroom") {
    std::cerr << "usage: headroom_bench --headroom PATH_OF_THE_BINARY\n";
    return 2;
  }
  try {
    headroom::bench::Bench(argv[2]).run();
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
