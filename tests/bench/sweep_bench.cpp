// tests/bench/sweep_bench.cpp -- what a sweep costs beyond its simulations, and how large files
// answer.
//   sweep_bench --headroom BINARY            a sweep of 1,000 runs of 2,000 requests, on two cores
//   sweep_bench --headroom BINARY --runs N   also a file of N summaries (as that sweep leaves), and
//                                            the named queries on it; 100,000 take minutes
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "analysis/queries/named_queries.hpp"
#include "analysis/queries/run_query.hpp"
#include "sim/base/check.hpp"
#include "sim/base/random.hpp"
#include "sim/record/database.hpp"
#include "sim/record/run_writer.hpp"
#include "sim/record/statement.hpp"
#include "sim/record/sweep_rows.hpp"
#include "tests/bench/measured_process.hpp"

namespace {

using namespace headroom;
namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double asked(Database& database, const std::string& sql) {
  Statement query(database, sql);
  query.step();
  return query.real(0);
}

constexpr const char* kBase =
    "model: llama-3.1-8b\n"
    "hardware: {gpu: h100-sxm}\n"
    "workload:\n"
    "  arrivals: {process: poisson, rate: 28 /s}\n"
    "  prompt_tokens: {distribution: lognormal, mean: 1024, stddev: 800, max: 8192}\n"
    "  output_tokens: {distribution: lognormal, mean: 256, stddev: 200, max: 2048}\n"
    "  requests: 2000\n"
    "slo: {ttft: 300 ms, tpot: 50 ms}\n";

std::string sweep_text(int seeds) {
  return "name: bench\nbase: base.yaml\n"
         "axes: {workload.arrivals.rate: [20 /s, 24 /s, 28 /s, 32 /s]}\nseeds: " +
         std::to_string(seeds) + "\n";
}

struct SweepCost {
  bench::ProcessCost process;
  double runs = 0, run_wall_s = 0, run_cpu_s = 0, bytes = 0;
};

SweepCost run_sweep(const std::string& binary, const fs::path& folder, int seeds) {
  const std::string file = (folder / ("sweep" + std::to_string(seeds) + ".sqlite")).string();
  std::ofstream(folder / "base.yaml") << kBase;
  std::ofstream(folder / "sweep.yaml") << sweep_text(seeds);
  SweepCost cost;
  cost.process = bench::run_process(
      {binary, "sweep", (folder / "sweep.yaml").string(), "--db", file, "--jobs", "2"});
  if (!cost.process.succeeded) std::exit(1);
  Database database(file, OpenMode::kRead);
  cost.runs = asked(database, "SELECT count(*) * 1.0 FROM run");
  cost.run_wall_s = asked(database, "SELECT sum(wall_s) FROM run_host");
  cost.run_cpu_s = asked(database, "SELECT sum(cpu_s) FROM run_host");
  cost.bytes = static_cast<double>(fs::file_size(file));
  return cost;
}

void measure_sweep(const std::string& binary, const fs::path& folder) {
  const SweepCost small = run_sweep(binary, folder, 25);
  const SweepCost large = run_sweep(binary, folder, 250);
  const auto& process = large.process;
  std::printf("sweep of %.0f runs of 2,000 requests, 2 jobs: %.1f s, %.1f runs/s\n", large.runs,
              process.wall_s, large.runs / process.wall_s);
  std::printf("  beyond the runs' own time: %.2f ms CPU, %.2f ms wall of a job, per run\n",
              (process.cpu_s - large.run_cpu_s) / large.runs * 1e3,
              (2 * process.wall_s - large.run_wall_s) / large.runs * 1e3);
  std::printf("  peak memory %.1f MiB (of 100 runs: %.1f MiB)\n", process.mebibytes(),
              small.process.mebibytes());
  std::printf("  results file %.0f bytes per run\n", large.bytes / large.runs);
}

// Rows such as a summary of the sweep above has.
void write_summary(Database& database, std::int64_t i, std::int64_t sweep_id,
                   std::int64_t base_id) {
  RandomStream random(static_cast<std::uint64_t>(i), "bench");
  RunIdentity identity{"bench", "",   mix_bits(static_cast<std::uint64_t>(i) + 1),
                       i % 3,   "v1", base_id};
  RunWriter writer(database, identity, 0);
  RunMetrics metrics;
  metrics.makespan_s = random.uniform(70, 80);
  metrics.requests = metrics.completed = 2000;
  metrics.output_tokens_per_s = random.uniform(1000, 9000);
  const double ttft = random.uniform(0.05, 0.5);
  const Distribution times{ttft, ttft, ttft, ttft, 2 * ttft};
  metrics.ttft_s = metrics.ttft_queued_s = metrics.tpot_s = metrics.itl_s = metrics.e2e_s =
      metrics.queueing_s = times;
  metrics.slo_attainment = random.uniform();
  metrics.goodput_requests_per_s = random.uniform(10, 30);
  metrics.binding_resource = "offered_load";
  metrics.attained_fraction = random.uniform();
  writer.metrics(metrics);
  writer.host({0.06, 0.06, 16'000'000, "2026-01-01T00:00:00.000Z", "bench"});
  std::vector<HistogramRow> bins;
  for (std::int64_t bin = 0; bin < 600; ++bin) {  // 4.2 to 118 ms
    const std::int64_t octave = bin / 128, start = (128 + bin % 128) << (15 + octave);
    bins.push_back({"itl", static_cast<double>(start) / 1e9,
                    static_cast<double>(std::int64_t{1} << (15 + octave)) / 1e9,
                    random.uniform_int(1, 800), start});
  }
  writer.histogram(bins, HistogramDetail::kCoarse);
  std::vector<LimitRow> limits;
  for (int limit = 0; limit < 24; ++limit)
    limits.push_back({"limit" + std::to_string(limit), "makespan_s", random.uniform(1, 80), "s",
                      "hbm", "a formula and where it comes from"});
  writer.limits(limits);
  std::vector<LedgerRow> ledger;
  for (int category = 0; category < 9; ++category)
    ledger.push_back(
        {"category" + std::to_string(category), "hbm", random.uniform_int(1, 10'000'000'000), 1});
  writer.ledger(ledger);
  writer.slos(std::vector<SloRow>{{"default", 0.3, 0.05, {}}});
  writer.cache_stats(std::vector<CacheStatRow>{{"prefix", "hbm", 0, 0, 0, 0, 0, {}}});
  const std::string rate = std::to_string(20 + i % 100) + " /s";
  const std::string seqs = std::to_string(16 << (i / 100 % 5));
  writer.place(
      {sweep_id,
       i,
       '[' + std::to_string(i % 100) + ',' + std::to_string(i / 100 % 5) + ']',
       {{"workload.arrivals.rate", rate, "/s", "axis", 20.0 + static_cast<double>(i % 100)},
        {"serving.max_num_seqs", seqs, "", "axis", std::stod(seqs)}}});
  writer.commit();
}

void measure_queries(const fs::path& folder, std::int64_t runs) {
  const std::string file = (folder / "large.sqlite").string();
  {
    Database database(file, OpenMode::kWrite);
    database.execute("PRAGMA synchronous = NORMAL");  // as sweeps do
    SweepRecord sweep{1, "bench", "axes: {}", 2, kBase, runs, {}};
    for (std::int64_t v = 0; v < 100; ++v)
      sweep.values.push_back({0, v, "workload.arrivals.rate", std::to_string(20 + v) + " /s"});
    for (std::int64_t v = 0; v < 5; ++v)
      sweep.values.push_back({1, v, "serving.max_num_seqs", std::to_string(16 << v)});
    record_sweep(database, sweep);
    const auto start = Clock::now();
    const double cpu = bench::cpu_seconds();
    for (std::int64_t i = 0; i < runs; ++i) write_summary(database, i, 1, 2);
    std::printf("file of %lld summaries: %.2f ms CPU and %.2f ms wall to write each",
                static_cast<long long>(runs),
                (bench::cpu_seconds() - cpu) / static_cast<double>(runs) * 1e3,
                seconds_since(start) / static_cast<double>(runs) * 1e3);
  }
  std::printf(", %.0f bytes each\n",
              static_cast<double>(fs::file_size(file)) / static_cast<double>(runs));
  for (const NamedQuery& query : named_queries()) {
    double best = 1e9, best_cpu = 1e9;
    std::string answer;
    for (int round = 0; round < 3; ++round) {
      const auto start = Clock::now();
      const double cpu = bench::cpu_seconds();
      try {
        answer = std::to_string(run_query(file, query.name, {}).rows.size()) + " rows";
      } catch (const UserError& refused) {
        answer = "refused: summaries have no request rows";
      }
      best = std::min(best, seconds_since(start));
      best_cpu = std::min(best_cpu, bench::cpu_seconds() - cpu);
    }
    std::printf("  %-20s %7.0f ms, %4.0f ms CPU, %s\n", query.name.c_str(), best * 1e3,
                best_cpu * 1e3, answer.c_str());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string binary;
  std::int64_t runs = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (argv[i] == std::string("--headroom")) binary = argv[i + 1];
    if (argv[i] == std::string("--runs")) runs = std::atoll(argv[i + 1]);
  }
  if (binary.empty()) {
    std::fprintf(stderr, "usage: sweep_bench --headroom BINARY [--runs N]\n");
    return 2;
  }
  std::string pattern = (fs::temp_directory_path() / "headroom-bench-XXXXXX").string();
  const fs::path folder = mkdtemp(pattern.data());
  measure_sweep(binary, folder);
  if (runs > 0) measure_queries(folder, runs);
  fs::remove_all(folder);
  return 0;
}
