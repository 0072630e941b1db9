// sim/scenario/kv_capacity.hpp -- how much of a GPU's memory is left for the KV cache, and where
// the rest goes.
//   requested = hbm_capacity x gpu_memory_utilization
//   available = requested - weights - activation_reserve - runtime_reserve
//   blocks    = floor(available / block bytes), of which one is the engine's null block
// `num_gpu_blocks_override` replaces the block count (and is itself the usable count),
// `kv_cache_memory` replaces `available`.
//
// activation_reserve is the peak of the engine's profiling pass, from shapes: the larger of the
// widest point of a layer at max_num_batched_tokens and of the sampler at min(max_num_seqs, tokens)
// rows of logits. runtime_reserve is one constant per engine preset. Against published start-up
// logs the KV memory comes out 3 to 4 % high on one GPU (tests/unit/sim/scenario). Sources: vLLM
// gpu_worker.py, mem_utils.py (profiling); vllm/v1/sample (the sampler's copies of the logits).
#pragma once

#include <cstdint>
#include <string>

#include "sim/base/units.hpp"
#include "sim/scenario/scenario.hpp"
#include "sim/serving/kv_layout.hpp"

namespace headroom {

struct KvCapacity {
  Bytes hbm{0};        // of one GPU
  Bytes requested{0};  // what the engine may use
  Bytes weights{0};
  Bytes activation_reserve{0};
  Bytes runtime_reserve{0};
  Bytes kv_cache{0};  // blocks x block bytes, null block included
  Bytes unused{0};    // the rest of hbm
  KvLayout layout;
  std::int64_t blocks = 0;  // as the engine's log counts them
  std::int64_t usable_blocks = 0;
  std::int64_t tokens = 0;  // usable_blocks / groups x block_size: as the engine reports them
  std::string source;       // "formula", "num_gpu_blocks_override", "kv_cache_memory"
  // Why this cannot be served, and the smallest change that helps; "" when it can.
  std::string problem;
};

// Never throws. `max_len_is_default` only changes the wording of the problem.
KvCapacity kv_capacity(const Scenario& scenario, bool max_len_is_default = false);

// Peak of the profiling pass on one rank: `tokens` through every layer, then `rows` rows of logits
// through the sampler.
Bytes activation_reserve(const ModelSpec& model, const DataTypes& types, std::int64_t tokens,
                         std::int64_t rows);

}  // namespace headroom
