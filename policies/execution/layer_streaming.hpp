// policies/execution/layer_streaming.hpp -- weights outside the GPU are copied in layer by layer in
// every pass: DeepSpeed ZeRO-Inference (arXiv 2207.00032, section VI), vLLM's cpu_offload_gb,
// Hugging Face Accelerate's device map. Of every layer placement.weights stay in HBM, come from
// DRAM or from an SSD. With `overlap` a layer is copied while the one before computes, into one of
// two buffers (ZeRO-Inference prefetches); without, it is copied, then computed (Accelerate).
//
// The KV cache is on the GPU or, by placement.kv_cache, outside: then a layer's KV is copied in for
// every pass and new KV back, or the CPU attends to it (`attention: cpu`). Weights, KV and outputs
// of CPU attention are queues of their own that share the links.
//
// Keys read: placement.weights, placement.kv_cache, micro_batch_size and num_micro_batches (1
// unless given; hidden states stay on the GPU), attention, padded, overlap, weight_transfer_type,
// kv_transfer_type, layer_overhead, efficiency, kv_cache.
#pragma once

#include <memory>

#include "policies/execution/execution_system.hpp"

namespace headroom {

// Throws UserError: something on an SSD that the node does not have, more ranks than GPUs.
std::unique_ptr<ExecutionSystem> make_layer_streaming(const ExecutionConfig& config,
                                                      const SystemContext& context);

}  // namespace headroom
