#include "policies/execution/layer_streaming.hpp"

#include "policies/execution/block_system.hpp"

namespace headroom {

std::unique_ptr<ExecutionSystem> make_layer_streaming(const ExecutionConfig& config,
                                                      const SystemContext& context) {
  ExecutionConfig own = config;
  own.placement.activations = {1, 0, 0};
  return std::make_unique<BlockSystem>(own, context,
                                       config.overlap ? CopyOrder::kBuffers : CopyOrder::kSerial);
}

}  // namespace headroom
