#include "sim/runtime/serving_simulation.hpp"

#include "sim/runtime/serving_run.hpp"

namespace headroom {

RunResult simulate(const ServingSetup& setup, Workload& workload, Kernel& kernel,
                   const RunOptions& options) {
  return ServingRun(setup, workload, kernel, options).run();
}

}  // namespace headroom
