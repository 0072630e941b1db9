// tests/simulation/offload/offload_run.hpp -- a serving run whose iterations are passes of a
// TinySystem, without a scenario file. Where a graph shares links the caller gives the process's
// SimGrid kernel.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/runtime/pass_account.hpp"
#include "tests/simulation/offload/tiny_system.hpp"
#include "tests/support/small_run.hpp"

namespace headroom::test {

// One FLOP a nanosecond, and memory so fast that no operation waits for it: GPU operations take
// their FLOP in nanoseconds. The CPU does one FLOP in ten.
inline GpuSpec flop_a_nanosecond() {
  GpuSpec gpu = slow_gpu();
  gpu.fp32 = gpu.bf16 = FlopsPerSecond{1e9};
  gpu.hbm_bandwidth = BytesPerSecond{1e15};
  return gpu;
}

inline NodeSpec tenth_of_a_flop() {
  NodeSpec node;
  SocketSpec socket;
  socket.peak.fill(FlopsPerSecond{1e8});
  node.sockets = {socket};
  return node;
}

struct TinyRun {
  SmallRun serving;
  TinyOptions system;
  ExecutionConfig config;
  std::int64_t timeline_pass = -1;
  ExecutorOptions executor;
  std::vector<TimelineEntry> timeline;  // out
  std::vector<std::int64_t> passes;     // out, by replica

  TinyRun() {
    serving.gpu = flop_a_nanosecond();
    serving.serving.block_size = 1;
    serving.serving.enable_prefix_caching = false;
    serving.serving.max_num_batched_tokens = 1000;
  }
};

inline RunResult run(TinyRun& what, Kernel* lab = nullptr, const RunOptions& options = {},
                     Workload* workload = nullptr) {
  const SmallRun& serving = what.serving;
  const LoweredModel model(serving.model, DataTypes{}, Parallelism{});
  const auto roofline = make_op_time_model("roofline", serving.gpu);
  const OpTimeModel& times = serving.op_times == nullptr ? *roofline : *serving.op_times;
  const NodeSpec node = derated(tenth_of_a_flop(), what.config.efficiency);
  std::vector<std::unique_ptr<TinySystem>> systems;
  std::vector<std::unique_ptr<PassRunner>> runners;
  ServingSetup setup{.model = model,
                     .op_times = times,
                     .roofline = *roofline,
                     .gpu = serving.gpu,
                     .serving = serving.serving,
                     .replicas = serving.replicas,
                     .kv_blocks = serving.kv_blocks,
                     .max_model_len = serving.max_model_len,
                     .make_batch_policy = batch_policy_factory(serving.serving),
                     .make_router = router_factory(serving.serving.router, serving.seed),
                     .identities = {},
                     .resource_bin = to_duration(Seconds{1e-3})};
  for (std::int64_t i = 0; i < serving.replicas; ++i) {
    systems.push_back(std::make_unique<TinySystem>(model, what.system));
    runners.push_back(std::make_unique<PassRunner>(
        *systems.back(), what.config, node, times, lab,
        PassRunnerOptions{.executor = what.executor, .timeline_pass = what.timeline_pass}));
    setup.pass_runners.push_back(runners.back().get());
  }
  const auto kernel = make_private_kernel();
  TableWorkload table(serving.table);
  RunResult result = simulate(setup, workload == nullptr ? table : *workload, *kernel, options);
  what.timeline = runners.front()->timeline();
  what.passes.clear();
  for (const auto& system : systems) what.passes.push_back(system->passes);
  return result;
}

using Ledger = std::map<std::string, std::int64_t>;

// Of one replica, without what took no time.
inline Ledger ledger_of(const RunResult& result, std::size_t replica = 0) {
  const ReplicaResult& one = result.replicas[replica];
  Ledger ledger;
  for (const auto& entry : pass_ledger(*one.passes, one.account.idle_ns, result.makespan))
    if (entry.duration_ns != 0) ledger[entry.category] = entry.duration_ns;
  return ledger;
}

}  // namespace headroom::test
