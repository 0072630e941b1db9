// sim/serving/serving_config.hpp -- the `serving:` section of a scenario, resolved. vLLM's names
// and meanings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/units.hpp"

namespace headroom {

enum class QueuePolicy { kFcfs, kPriority };
// Where freed blocks without a hash go: to the tail with the rest (vLLM to ~0.21) or to the head
// (later).
enum class FreeOrder { kAppend, kUnhashedFirst };

struct ServingConfig {
  std::string engine = "vllm-0.19";  // preset that the defaults below come from
  std::string scheduler = "vllm";    // registered batch policy
  std::string router = "least_outstanding";

  // Scheduler.
  std::int64_t max_num_seqs = 256;
  std::int64_t max_num_batched_tokens = 2048;
  std::int64_t max_model_len =
      0;  // prompt + output; 0 is resolved to the model's max_position_embeddings
  std::int64_t long_prefill_token_threshold = 0;  // 0: none
  bool enable_chunked_prefill = true;
  QueuePolicy policy = QueuePolicy::kFcfs;
  bool scheduler_reserve_full_isl = true;  // admit only if the whole known sequence fits now
  double watermark = 0.0;                  // fraction of blocks kept free at admission
  bool recycling_bound =
      false;  // admission of sliding windows by what they hold at once, not by length

  // Sequences per iteration that the scheduler `paced` admits on average; 0: as many as keep memory
  // full in steady state, from the workload's lengths.
  double admission_rate = 0;

  // Engine.
  bool async_scheduling = true;  // step k+1 is scheduled when step k starts

  // KV cache.
  std::int64_t block_size = 16;  // tokens
  double gpu_memory_utilization = 0.90;
  // Usable KV blocks per replica; replaces the capacity formula. vLLM counts one more, its null
  // block.
  std::optional<std::int64_t> num_gpu_blocks_override;
  std::optional<Bytes> kv_cache_memory;  // bypasses the utilisation formula
  bool enable_prefix_caching = true;
  FreeOrder free_order = FreeOrder::kAppend;
};

}  // namespace headroom
