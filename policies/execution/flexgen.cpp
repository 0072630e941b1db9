#include "policies/execution/flexgen.hpp"

#include "policies/execution/block_system.hpp"

namespace headroom {

std::unique_ptr<ExecutionSystem> make_flexgen(const ExecutionConfig& config,
                                              const SystemContext& context) {
  return std::make_unique<BlockSystem>(config, context,
                                       config.overlap ? CopyOrder::kTurns : CopyOrder::kSerial);
}

}  // namespace headroom
