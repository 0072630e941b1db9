// analysis/limits/work_totals.hpp -- the work of a workload that no policy can avoid, in exact
// counts. Computed from the requests alone, never from a run. A token of a prefix that several
// requests share counts once when prefixes may be cached; requests that the engine must reject do
// not count.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sim/serving/kv_cache.hpp"
#include "sim/serving/request.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

struct WorkRules {
  const std::vector<AttentionSpan>& spans;
  const KvLayout& layout;
  KvCacheOptions kv;
  std::int64_t kv_blocks = 0;  // usable, per replica
  std::int64_t max_model_len = 0;
};

struct SpanWork {
  std::int64_t prefill_pairs = 0, decode_pairs = 0;
  std::int64_t prefill_read = 0;  // KV tokens: the cached prefix, once
  std::int64_t decode_read = 0;
};

struct WorkTotals {
  std::int64_t requests = 0;           // that can run
  std::int64_t impossible = 0;         // that have to be rejected
  std::int64_t prompt_tokens = 0;      // of those that can run
  std::int64_t new_prompt_tokens = 0;  // of which have to be computed
  std::int64_t output_tokens = 0;
  std::int64_t decode_tokens = 0;  // output tokens but the first of each request
  std::array<SpanWork, kMaxAttentionSpans> spans{};
  // KV blocks held, summed over the steps in which a request gets a token; shareable prefix blocks
  // left out.
  double block_steps = 0;
  std::int64_t longest_output = 0;
  std::int64_t longest_request = -1;  // the first with that many
  std::int64_t longest_prompt = 0;
  TimePoint last_arrival{0};
  std::int64_t new_tokens() const { return new_prompt_tokens + decode_tokens; }
  // By request: leading prompt tokens that an earlier request of the table computes anyway. Empty
  // when none can.
  std::vector<std::int32_t> avoidable_tokens;
};

WorkTotals count_work(const RequestTable& table, const WorkRules& rules);

// Output tokens a request gets: its own wish, or what max_model_len leaves room for; 0 if it has to
// be rejected.
std::int32_t effective_output(const Request& request, const WorkRules& rules);

}  // namespace headroom
