// policies/execution/moe_lightning.hpp -- MoE-Lightning (arXiv 2411.11217): CGOPipe, a pipeline of
// CPU attention, GPU experts and paged weights (section 4.1 and Algorithm 1,
// attention_pipeline.hpp).
//
// A batch of `micro_batch_size` x `num_micro_batches` sequences (the paper's mu and N) passes
// through each layer one micro-batch after the other. Attention weights, embedding and LM head stay
// on the GPU; MLPs and experts are there by placement.weights.gpu (r_w), the rest is streamed from
// DRAM in one page per micro-batch, so that no copy of hidden states waits for more than a page.
// The KV cache is in DRAM (r_c = 0) and the CPU attends (A_g = 0, F_g = 1: the paper's main
// setting).
//
// Which row goes into which micro-batch: each into the one with the fewest tokens that has room,
// in the order of the batch, which the policy static_batch gives longest prompt first (Algorithm
// 2). With `padded` every row counts as the longest.
//
// Keys read: placement.weights.gpu, micro_batch_size, num_micro_batches, padded,
// weight_transfer_type, kv_transfer_type, layer_overhead, efficiency, kv_cache.
#pragma once

#include <memory>

#include "policies/execution/execution_system.hpp"

namespace headroom {

// Throws UserError: weights on an SSD, more ranks than GPUs.
std::unique_ptr<ExecutionSystem> make_moe_lightning(const ExecutionConfig& config,
                                                    const SystemContext& context);

}  // namespace headroom
