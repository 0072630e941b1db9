// sim/runtime/offload_nodes.hpp -- the machines behind the replicas of a run whose GPU memory does
// not hold everything: one node each, alike and independent, with a system and a pass runner of its
// own. Where links are shared the passes of all run on one SimGrid kernel, the process's only one:
// a pass runs from start to end when it is asked for, on that kernel's own clock, and only its
// duration enters the run.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/runtime/pass_runner.hpp"

namespace headroom {

class OffloadNodes {
 public:
  // `context` has the node as the scenario has it: it is derated here. Seeds of the systems are
  // consecutive from the context's. `config`, `gpu_times` and the context's model outlive this
  // object. Throws UserError when the system cannot run this model.
  OffloadNodes(const ExecutionConfig& config, const SystemContext& context,
               const OpTimeModel& gpu_times, std::int64_t replicas,
               const PassRunnerOptions& options = {});

  std::vector<PassRunner*> pass_runners() const;

 private:
  NodeSpec node_;
  std::unique_ptr<Kernel> kernel_;  // null: no link is shared
  std::vector<std::unique_ptr<ExecutionSystem>> systems_;
  std::vector<std::unique_ptr<PassRunner>> runners_;
};

}  // namespace headroom
