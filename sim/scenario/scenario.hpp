// sim/scenario/scenario.hpp -- a validated scenario: the one value that the simulation and the
// limits both start from, so that a result and its limit can never describe different systems.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/memory/node_spec.hpp"
#include "policies/batching/batch_policy.hpp"
#include "policies/execution/execution_config.hpp"
#include "policies/routing/router.hpp"
#include "sim/base/units.hpp"
#include "sim/config/resolved_key.hpp"
#include "sim/serving/request.hpp"
#include "sim/serving/serving_config.hpp"
#include "sim/serving/slo.hpp"
#include "sim/transformer/data_type.hpp"
#include "sim/transformer/lowering.hpp"
#include "sim/transformer/model_spec.hpp"

namespace headroom {

struct RecordOptions {
  bool requests = true;  // request rows
  bool iterations = false;
  std::int64_t max_iterations = 5'000'000;  // iteration rows kept; the rest is counted and reported
  Seconds resource_bin{1.0};                // 0: no resource time series
};

struct Hardware {
  GpuSpec gpu;
  std::int64_t replicas = 1;
  // Of one replica: a GPU with its share of the host, or a node with all it has. Absent: nobody
  // said, and the catalogue does not know; never 0 instead.
  std::optional<UsdPerHour> price_per_hour;
};

// What has to be known of a workload before it runs.
struct WorkloadFacts {
  std::int64_t requests = 0;
  double mean_prompt_tokens = 0, mean_output_tokens = 0;
  std::int32_t max_prompt_tokens = 0, max_output_tokens = 0;
};
WorkloadFacts workload_facts(const RequestTable& table);

// A system whose GPU memory does not hold everything: the `system:` and `hardware.node:` sections.
struct OffloadSetup {
  NodeSpec node;  // of each replica
  ExecutionConfig system;
  WorkloadFacts workload;  // of the first million requests that the seed draws, or of the trace
};

struct Scenario {
  std::string name;
  ModelSpec model;
  Hardware hardware;
  DataTypes dtype;
  Parallelism parallelism;
  std::string cost_model = "roofline";
  ServingConfig serving;
  std::optional<OffloadSetup> offload;  // absent: everything is in HBM
  std::optional<Slo> slo;               // for requests of a class without its own
  std::vector<ClassSlo> class_slos;
  Seconds measure_after{0};
  std::optional<Seconds> measure_until;  // absent: the end of the run
  RecordOptions record;
  std::uint64_t seed = 1;
  // Why it cannot be simulated: a memory that is too small. "" when it can; any other text only
  // where that was asked for (LoadOptions::unfit_is_error).
  std::string unfit;

  // A fresh policy per replica, a fresh router per run: they carry state.
  std::function<std::unique_ptr<BatchPolicy>()> make_batch_policy;
  std::function<std::unique_ptr<Router>()> make_router;
  // Reads the trace or draws the requests for a seed. Throws ConfigError with file and line for a
  // broken trace.
  std::function<RequestTable(std::uint64_t seed)> make_requests;

  std::vector<ResolvedKey> keys;         // every key, in the order of the schema
  std::vector<std::string> input_files;  // read besides the scenario (trace, config.json), to be
                                         // opened, never to be printed
  std::string text;  // canonical resolved text, a scenario itself: what is hashed and stored
};

}  // namespace headroom
