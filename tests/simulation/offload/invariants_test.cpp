// Properties of hundreds of random scenarios with a system. Each is run four times, in processes of
// their own because a process has one SimGrid kernel: as it is and once more, with every part of
// every operation as a SimGrid flow, and with every layer of every pass run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "sim/app/child_processes.hpp"
#include "sim/app/run_scenario.hpp"
#include "sim/base/check.hpp"
#include "sim/base/diagnostic.hpp"
#include "sim/scenario/load_scenario.hpp"
#include "tests/simulation/offload/offload_run_checks.hpp"
#include "tests/simulation/offload/random_offload_scenario.hpp"

namespace headroom::test {
namespace {

constexpr int kScenarios = 500;
constexpr int kJobs = 2;
// Forced through SimGrid, what runs beside something else is rounded at its end: by up to 1 ns for
// each of the operations that wait for each other. Most of it cancels; 0.6 ns a layer is the most
// seen.
constexpr std::int64_t kRoundingOfLayerNs = 2;
constexpr std::int64_t kCloseNs = 10;

struct Drawn {
  std::uint64_t seed = 0;
  Scenario scenario;
  bool is_arithmetic = false;  // runs without a flow
};

// Nothing when it does not fit its machine.
std::optional<Scenario> load(std::uint64_t seed) {
  try {
    return load_scenario_text(random_offload_scenario(seed), "random.yaml", {});
  } catch (const ConfigError& error) {
    const std::string what = error.what();
    HEADROOM_CHECK(what.find(", but needs ") != std::string::npos ||
                       what.find("; raise it to ") != std::string::npos,
                   "expected seed ", seed, " to be wrong in its sizes only, got ", what);
    return std::nullopt;
  }
}

bool is_arithmetic(const Scenario& scenario) {
  const LoweredModel model(scenario.model, scenario.dtype, scenario.parallelism);
  const SystemContext context{.model = model, .node = scenario.offload->node, .seed = 1};
  const auto system = make_execution_system(scenario.offload->system, context);
  return !Executor::needs_kernel(system->graph());
}

std::vector<Drawn> draw_scenarios() {
  std::vector<Drawn> drawn;
  for (std::uint64_t seed = 1; drawn.size() < kScenarios; ++seed)
    if (auto scenario = load(seed)) {
      const bool arithmetic = is_arithmetic(*scenario);
      drawn.push_back({seed, std::move(*scenario), arithmetic});
    }
  return drawn;
}

std::vector<std::string> run_all(const std::vector<Drawn>& drawn, const ExecutorOptions& executor) {
  return run_in_children(kScenarios, kJobs, [&](int i) {
    const Drawn& one = drawn[static_cast<std::size_t>(i)];
    RunControl control;
    control.passes.executor = executor;
    try {
      CompletedRun run = run_scenario(one.scenario, control);
      return pack(run);
    } catch (const std::exception& error) {
      throw InternalError("seed " + std::to_string(one.seed) + ": " + error.what());
    }
  });
}

// Layers that a pass has, summed over passes; the head and the embedding have steps of their own.
std::int64_t layers_run(const Drawn& drawn, const CompletedRun& run) {
  return run.metrics.iterations * (drawn.scenario.model.num_hidden_layers + 2);
}

// Counts what the scenarios have in them: a property of nothing would hold too.
class Seen {
 public:
  void add(const std::string& what, bool is_there = true) { counts_[what] += is_there ? 1 : 0; }
  int operator[](const std::string& what) const {
    const auto found = counts_.find(what);
    return found == counts_.end() ? 0 : found->second;
  }
  void print() const {
    for (const auto& [what, count] : counts_) std::cout << what << ": " << count << '\n';
  }

 private:
  std::map<std::string, int> counts_;
};

void check_alike(const std::string& name, const CompletedRun& plain, const CompletedRun& other,
                 std::int64_t tolerance_ns, Seen& seen) {
  INFO(name);
  const RunDifference found = difference(plain, other);
  seen.add(name + ", equal to the nanosecond", !found.in_counts && found.worst_ns == 0);
  if (!found.in_counts && found.worst_ns <= tolerance_ns) {
    REQUIRE(plain.links.size() == other.links.size());
    for (std::size_t i = 0; i < plain.links.size(); ++i)
      CHECK(plain.links[i].bytes == other.links[i].bytes);
    return;
  }
  // Two events within 10 ns may have changed places, and then everything after them differs.
  INFO("differs by " << found.worst_ns << " ns, " << tolerance_ns << " ns are rounding");
  seen.add(name + ", events changed places");
  CHECK(has_close_events(plain, kCloseNs + tolerance_ns));
  CHECK(plain.metrics.completed == other.metrics.completed);
  CHECK(plain.metrics.makespan_s == Approx(other.metrics.makespan_s).epsilon(0.02));
}

void count_what_is_in(const Drawn& drawn, const CompletedRun& run, Seen& seen) {
  const auto& offload = *drawn.scenario.offload;
  seen.add("system " + offload.system.name);
  seen.add(drawn.is_arithmetic ? "arithmetic alone" : "flows that share links");
  seen.add("bound by " + run.metrics.binding_resource);
  seen.add("preemptions", run.metrics.preemptions > 0);
  seen.add("several replicas", drawn.scenario.hardware.replicas > 1);
  seen.add("several GPUs a replica", drawn.scenario.parallelism.tensor > 1);
  const LimitRow* forces = nullptr;  // passes
  const LimitRow* busiest = nullptr;
  for (const auto& row : run.limits) {
    if (row.name == "passes" && (forces == nullptr || row.value > forces->value)) forces = &row;
    if (row.name == "resource" && (busiest == nullptr || row.value > busiest->value))
      busiest = &row;
  }
  REQUIRE(forces != nullptr);
  seen.add("passes forced by " + forces->binding_resource);
  REQUIRE(busiest != nullptr);
  seen.add("tightest resource " + busiest->binding_resource);
}

}  // namespace

TEST_CASE(
    "random scenarios with a system keep what they carry and run alike as flows and arithmetic",
    "[simulation][offload]") {
  const auto drawn = draw_scenarios();
  const auto plain = run_all(drawn, {});
  const auto again = run_all(drawn, {});
  const auto forced = run_all(drawn, {.force_shared = true});
  const auto layer_by_layer = run_all(drawn, {.extrapolate = false});
  Seen seen;
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    INFO("seed " << drawn[i].seed);
    const CompletedRun run = unpack_run(plain[i]);
    CHECK(is_same(run, unpack_run(again[i])));
    check_tokens_and_kv(drawn[i].scenario, run);
    check_links(drawn[i].scenario, run);
    check_ledger(run);
    check_limits(run);
    count_what_is_in(drawn[i], run, seen);
    const std::int64_t layers = layers_run(drawn[i], run);
    check_alike("all flows", run, unpack_run(forced[i]), kRoundingOfLayerNs * layers, seen);
    // Arithmetic extrapolates exactly, flows by up to 1 ns for each layer skipped.
    check_alike("every layer", run, unpack_run(layer_by_layer[i]),
                drawn[i].is_arithmetic ? 0 : layers, seen);
  }
  seen.print();
  for (const auto& system : execution_system_names()) CHECK(seen["system " + system] >= 50);
  CHECK(seen["arithmetic alone"] >= 100);
  CHECK(seen["flows that share links"] >= 100);
  CHECK(seen["preemptions"] >= 20);
  CHECK(seen["all flows, equal to the nanosecond"] >= kScenarios * 8 / 10);
  for (const char* resource : {"gpu_compute", "hbm", "pcie_h2d", "dram", "cpu_memory",
                               "cpu_compute", "ssd_read", "ssd_write"})
    CHECK(seen[std::string("tightest resource ") + resource] >= 3);
  CHECK(seen["passes forced by kv_memory"] >= 3);
  CHECK(seen["bound by offered_load"] >= 3);
}

// Heads are split between GPU and CPU as the KV cache is, on each of two GPUs; that the CPUs of two
// sockets attend, one for each, changes nothing about what a GPU does.
TEST_CASE("the ledger of two GPUs does not depend on their sockets", "[simulation][offload]") {
  const auto useful = [](const std::string& sockets) {
    const std::string text = R"(name: sockets
model: opt-6.7b
hardware:
  gpu: a40
  node:
    gpus: 2
    cpu: xeon-8380
    dram: {capacity: 1 TB, bandwidth: 100 GB/s}
    pcie: {generation: 4}
)" + sockets + R"(parallelism: {tensor: 2}
system:
  name: flexgen
  micro_batch_size: 4
  attention: cpu
  placement: {kv_cache: {gpu: 0.5}}
workload:
  arrivals: {process: all_at_once}
  prompt_tokens: 20
  output_tokens: 5
  requests: 8
)";
    const auto runs = run_in_children(1, 1, [&](int) {
      CompletedRun run = run_scenario(load_scenario_text(text, "sockets.yaml", {}), {});
      return pack(run);
    });
    const CompletedRun run = unpack_run(runs.front());
    check_ledger(run);
    return std::find_if(run.ledger.begin(), run.ledger.end(),
                        [](const LedgerRow& row) { return row.category == "useful"; })
        ->duration_ns;
  };
  const std::int64_t one = useful("");
  CHECK(one > 0);
  CHECK(useful("    sockets: 2\n    cross_socket_bandwidth: 40 GB/s\n") == one);
}

}  // namespace headroom::test
