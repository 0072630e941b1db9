#include "policies/execution/micro_batches.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {

MicroBatches::MicroBatches(std::int64_t size, std::int64_t count)
    : size_(size), batches_(static_cast<std::size_t>(count)) {
  HEADROOM_CHECK(size >= 0 && count >= 1, "micro-batches have a size and a number, got ", size,
                 " and ", count);
}

void MicroBatches::clear() { std::fill(batches_.begin(), batches_.end(), MicroBatch{}); }

std::int64_t MicroBatches::room(std::size_t rows) const {
  const auto count = static_cast<std::int64_t>(batches_.size());
  return std::max(size_, ceil_div(static_cast<std::int64_t>(rows), count));
}

std::span<const MicroBatch> MicroBatches::balance(std::span<const PassRow> rows, bool is_padded,
                                                  const std::vector<AttentionSpan>& spans) {
  clear();
  heap_.clear();
  for (std::uint32_t batch = 0; batch < batches_.size(); ++batch) heap_.push_back({0, batch, 0});
  const std::int64_t most_rows = room(rows.size());
  const Padding padding(is_padded ? rows : std::span<const PassRow>{});
  for (PassRow row : rows) {
    if (is_padded) row = padding.padded(row);
    Load& lightest = heap_.front();
    batches_[lightest.batch].add(row, spans);
    lightest.tokens += row.prior + row.fresh;
    if (++lightest.rows == most_rows) {
      lightest = heap_.back();
      heap_.pop_back();
    }
    sink_lightest();
  }
  return batches_;
}

// The first element grew or was replaced: it goes down to where it belongs.
void MicroBatches::sink_lightest() {
  std::size_t at = 0;
  while (true) {
    std::size_t child = 2 * at + 1;
    if (child >= heap_.size()) return;
    if (child + 1 < heap_.size() && heap_[child + 1] < heap_[child]) ++child;
    if (heap_[at] < heap_[child]) return;
    std::swap(heap_[at], heap_[child]);
    at = child;
  }
}

std::span<const MicroBatch> MicroBatches::in_order(std::span<const PassRow> rows, bool is_padded,
                                                   const std::vector<AttentionSpan>& spans) {
  clear();
  const std::int64_t most_rows = room(rows.size());
  const Padding padding(is_padded ? rows : std::span<const PassRow>{});
  std::int64_t number = 0;
  for (PassRow row : rows) {
    if (is_padded) row = padding.padded(row);
    batches_[static_cast<std::size_t>(number++ / most_rows)].add(row, spans);
  }
  return batches_;
}

}  // namespace headroom
