// tests/support/small_run.hpp -- a whole serving simulation without a scenario file or SimGrid: any
// number in a process.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

#include "hwmodels/compute/op_time_model.hpp"
#include "sim/runtime/serving_simulation.hpp"
#include "sim/runtime/table_workload.hpp"
#include "sim/serving/request.hpp"
#include "tests/support/small_models.hpp"

namespace headroom::test {

using WrapPolicy = std::function<std::unique_ptr<BatchPolicy>(std::unique_ptr<BatchPolicy>)>;

struct SmallRun {
  ModelSpec model = dense_model();
  GpuSpec gpu = slow_gpu();
  ServingConfig serving;
  std::int64_t replicas = 1;
  std::int64_t kv_blocks = 1000;
  std::int64_t max_model_len = 4096;
  RequestTable table;
  std::uint64_t seed = 1;
  const OpTimeModel* op_times = nullptr;  // null: the roofline
  WrapPolicy wrap_policy;                 // put around the scheduler of every replica
};

inline RunResult run(const SmallRun& what, Workload& workload, Kernel& kernel,
                     const RunOptions& options = {}) {
  const LoweredModel model(what.model, DataTypes{}, Parallelism{});
  const auto roofline = make_op_time_model("roofline", what.gpu);
  BatchPolicyFactory policy = batch_policy_factory(what.serving);
  if (what.wrap_policy) policy = [inner = policy, &what] { return what.wrap_policy(inner()); };
  const ServingSetup setup{.model = model,
                           .op_times = what.op_times == nullptr ? *roofline : *what.op_times,
                           .roofline = *roofline,
                           .gpu = what.gpu,
                           .serving = what.serving,
                           .replicas = what.replicas,
                           .kv_blocks = what.kv_blocks,
                           .max_model_len = what.max_model_len,
                           .make_batch_policy = policy,
                           .make_router = router_factory(what.serving.router, what.seed),
                           .identities = {what.table.hash_ids, what.table.hash_block_tokens}};
  return simulate(setup, workload, kernel, options);
}

inline RunResult run(const SmallRun& what, Workload& workload, const RunOptions& options = {}) {
  const auto kernel = make_private_kernel();
  return run(what, workload, *kernel, options);
}

inline RunResult run(const SmallRun& what, const RunOptions& options = {}) {
  TableWorkload workload(what.table);
  return run(what, workload, options);
}

}  // namespace headroom::test
