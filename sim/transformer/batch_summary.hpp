// sim/transformer/batch_summary.hpp -- all that the duration of one iteration depends on.
// A row is one sequence of the batch: `prior` tokens whose KV is already there and `fresh` tokens
// computed now. Its causal attention covers pairs = fresh*prior + fresh*(fresh+1)/2 (query, key)
// pairs, reads the KV of `prior` tokens and writes that of `fresh`. Under a sliding window of W
// every query sees at most W keys (itself included), and a row reads the KV of min(prior, W-1)
// tokens. All sums are exact integers, so a summary advances in O(1) per iteration.
#pragma once

#include <array>
#include <cstdint>

namespace headroom {

// Sums over the rows of one sort (prefill or decode) as seen through one attention span.
struct AttentionSums {
  std::int64_t pairs = 0;           // sum of (query, key) pairs
  std::int64_t kv_read_tokens = 0;  // sum of tokens whose KV is read
  bool operator==(const AttentionSums&) const = default;
};

// Distinct attention spans of a model: full attention, or one sliding window each. Two cover every
// model known to us.
inline constexpr int kMaxAttentionSpans = 2;

struct BatchSummary {
  std::int64_t new_tokens = 0;      // tokens computed in this iteration, all rows
  std::int64_t prefill_tokens = 0;  // of which in rows that are not a single decode token
  std::int64_t prefill_sequences = 0;
  std::int64_t decode_sequences = 0;   // rows of one fresh token whose previous token was sampled
  std::int64_t sampled_sequences = 0;  // rows that produce a token: only they pass the LM head
  // Indexed like the spans of LoweredModel (see lowering.hpp); decode rows have new tokens =
  // decode_sequences.
  std::array<AttentionSums, kMaxAttentionSpans> prefill{};
  std::array<AttentionSums, kMaxAttentionSpans> decode{};
  bool operator==(const BatchSummary&) const = default;
};

// (query, key) pairs of a row under a window (0: none). Pre: prior >= 0, fresh >= 0.
constexpr std::int64_t attention_pairs(std::int64_t prior, std::int64_t fresh,
                                       std::int64_t window) {
  const auto full = [](std::int64_t p, std::int64_t f) { return f * p + f * (f + 1) / 2; };
  if (window <= 0 || prior + fresh <= window) return full(prior, fresh);
  // Queries at positions below the window see all their keys, the rest see exactly `window`.
  const std::int64_t growing = prior >= window ? 0 : window - prior;
  return full(prior, growing) + (fresh - growing) * window;
}

// Tokens whose KV a row reads from memory: those before it that its window still covers.
constexpr std::int64_t attention_kv_read(std::int64_t prior, std::int64_t window) {
  return window > 0 && prior > window - 1 ? window - 1 : prior;
}

}  // namespace headroom
