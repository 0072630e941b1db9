// policies/execution/moe_lens.hpp -- MoE-Lens (arXiv 2504.09345): one pass carries prefill and
// decode together. All weights are streamed from DRAM in every pass (placement.weights.gpu of them
// stay), the KV cache is in DRAM as paged blocks, decode attention runs on the CPU, prompts attend
// on the GPU and their keys and values go down to DRAM.
//
// Two groups of rows of about equal contexts and prompt tokens alternate (section 5): the CPU
// attends for one while the GPU computes for the other. That is CGOPipe's order with two
// micro-batches (attention_pipeline.hpp). Which sequences are in a pass is the batch policy's:
// decode first, then prompts up to max_num_batched_tokens, preemption when blocks run out
// (scheduler vllm), or a constant rate (paced).
//
// Weights travel in packets (100 MB) on a queue of their own, two layers of buffers. A small copy
// may find a packet on the link and waits for the rest of it: every copy of attention outputs
// starts `packet` / PCIe bandwidth late (the most it can be; half of it on average), then shares
// the link fairly with the weights. Bytes are conserved: what it takes, weights lose.
//
// Keys read: placement.weights.gpu, packet, weight_transfer_type, kv_transfer_type, layer_overhead,
// efficiency, kv_cache.
#pragma once

#include <memory>

#include "policies/execution/execution_system.hpp"

namespace headroom {

// Throws UserError: weights on an SSD, more ranks than GPUs.
std::unique_ptr<ExecutionSystem> make_moe_lens(const ExecutionConfig& config,
                                               const SystemContext& context);

}  // namespace headroom
