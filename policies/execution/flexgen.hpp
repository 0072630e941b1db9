// policies/execution/flexgen.hpp -- FlexGen (arXiv 2303.06865): zig-zag block schedule over
// `num_micro_batches` GPU batches of `micro_batch_size` sequences (section 4.2, Algorithm 1). The
// weights of a layer are fetched once for the whole block; while a batch computes, the cache and
// the hidden states of the next batch come in and those of the one before go out. Weights, KV cache
// and hidden states are on GPU, DRAM and SSD by fraction (wg, wc, ...), attention over KV outside
// the GPU on the GPU or the CPU (section 4.3), transfers in 4 bits if asked for (section 5).
//
// As in Algorithm 1 and the released code (flexgen/flex_opt.py,
// generation_loop_overlap_multi_batch and the policy's sep_layer; recalled, not re-read), attention
// and MLP are layers of their own, every turn of a batch ends with a synchronisation of all copies,
// and the next layer's weights all start with the first turn. So weights overlap one batch's turn
// and not the layer's, and the cache of a batch overlaps the attention of the one before and no
// MLP: that is why the released cost model adds them, T = ctog + max(...), where the paper's takes
// the maximum, and what CGOPipe (MoE-Lightning) gains over it.
// CPU attention runs within the turn of its batch. Without `overlap` copies follow computation.
//
// Keys read: placement, micro_batch_size, num_micro_batches, attention, padded, overlap,
// weight_transfer_type, kv_transfer_type, layer_overhead, efficiency, kv_cache.
#pragma once

#include <memory>

#include "policies/execution/execution_system.hpp"

namespace headroom {

// Throws UserError: something on an SSD that the node does not have, more ranks than GPUs.
std::unique_ptr<ExecutionSystem> make_flexgen(const ExecutionConfig& config,
                                              const SystemContext& context);

}  // namespace headroom
