// sim/runtime/decode_sums.hpp -- attention sums over the decode rows of a batch. There are
// thousands in every iteration, so a row costs two additions, and more only under a window.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/transformer/batch_summary.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

class DecodeSums {
 public:
  explicit DecodeSums(const std::vector<AttentionSpan>& spans) : spans_(spans) {
    for (const AttentionSpan& span : spans) has_windows_ = has_windows_ || span.window > 0;
  }

  void add(std::int64_t prior) {
    ++rows_;
    prior_ += prior;
    if (has_windows_) add_windows(prior);
  }
  std::int64_t rows() const { return rows_; }
  AttentionSums of(std::size_t span) const {
    if (spans_[span].window > 0) return windowed_[span];
    return {prior_ + rows_, prior_};
  }

 private:
  void add_windows(std::int64_t prior) {
    for (std::size_t i = 0; i < spans_.size(); ++i) {
      windowed_[i].pairs += attention_pairs(prior, 1, spans_[i].window);
      windowed_[i].kv_read_tokens += attention_kv_read(prior, spans_[i].window);
    }
  }

  const std::vector<AttentionSpan>& spans_;
  bool has_windows_ = false;
  std::int64_t rows_ = 0, prior_ = 0;
  std::array<AttentionSums, kMaxAttentionSpans> windowed_{};
};

}  // namespace headroom
