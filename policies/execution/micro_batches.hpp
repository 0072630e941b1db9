// policies/execution/micro_batches.hpp -- which row of a pass is computed in which micro-batch.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policies/execution/pass_layout.hpp"

namespace headroom {

class MicroBatches {
 public:
  // `size`: rows of one micro-batch; 0, or more rows in a pass than fit: as many as it takes.
  MicroBatches(std::int64_t size, std::int64_t count);

  // Each row in turn into the micro-batch with the fewest tokens that has room; ties to the first.
  // Tokens are those computed and those attended to. Valid until the next call.
  std::span<const MicroBatch> balance(std::span<const PassRow> rows, bool is_padded,
                                      const std::vector<AttentionSpan>& spans);
  // Rows in order: `size` in the first micro-batch, and so on.
  std::span<const MicroBatch> in_order(std::span<const PassRow> rows, bool is_padded,
                                       const std::vector<AttentionSpan>& spans);

 private:
  struct Load {
    std::int64_t tokens = 0;
    std::uint32_t batch = 0;
    std::int64_t rows = 0;
    bool operator<(const Load& other) const {
      return tokens != other.tokens ? tokens < other.tokens : batch < other.batch;
    }
  };
  void clear();
  std::int64_t room(std::size_t rows) const;
  void sink_lightest();

  std::int64_t size_;
  std::vector<MicroBatch> batches_;
  std::vector<Load> heap_;  // lightest first
};

}  // namespace headroom
