#include "sim/runtime/offload_nodes.hpp"

namespace headroom {

OffloadNodes::OffloadNodes(const ExecutionConfig& config, const SystemContext& context,
                           const OpTimeModel& gpu_times, std::int64_t replicas,
                           const PassRunnerOptions& options)
    : node_(derated(context.node, config.efficiency)) {
  for (std::int64_t i = 0; i < replicas; ++i) {
    SystemContext own = context;
    own.node = node_;
    own.seed = context.seed + static_cast<std::uint64_t>(i);
    systems_.push_back(make_execution_system(config, own));
    const OpGraph& graph = systems_.back()->graph();
    if (i == 0 && Executor::needs_kernel(graph, options.executor))
      kernel_ = make_simgrid_kernel(platform_of(graph));
    runners_.push_back(std::make_unique<PassRunner>(*systems_.back(), config, node_, gpu_times,
                                                    kernel_.get(), options));
  }
}

std::vector<PassRunner*> OffloadNodes::pass_runners() const {
  std::vector<PassRunner*> runners;
  for (const auto& runner : runners_) runners.push_back(runner.get());
  return runners;
}

}  // namespace headroom
