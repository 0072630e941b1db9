#include "sim/serving/kv_layout.hpp"

#include <algorithm>

namespace headroom {

KvLayout kv_layout(const LoweredModel& model, std::int64_t block_size) {
  const auto& spans = model.spans();
  std::int64_t smallest = spans.front().layers;
  std::int64_t largest = smallest;
  for (const auto& span : spans) {
    if (span.layers == 0) continue;  // keeps no KV of its own (a sparse indexer's attention)
    smallest = std::min(smallest, span.layers);
    largest = std::max(largest, span.layers);
  }
  KvLayout layout;
  layout.block_size = block_size;
  layout.layers_per_group = 2 * largest < 3 * smallest ? largest : smallest;
  for (int i = 0; i < static_cast<int>(spans.size()); ++i) {
    const auto& span = spans[static_cast<std::size_t>(i)];
    const std::int64_t groups = ceil_div(span.layers, layout.layers_per_group);
    for (std::int64_t g = 0; g < groups; ++g) layout.groups.push_back({span.window, i});
  }
  layout.block_bytes = model.kv_bytes_per_token_and_layer() *
                       static_cast<double>(block_size * layout.layers_per_group);
  return layout;
}

std::int64_t peak_blocks(const KvLayout& layout, std::int64_t tokens,
                         std::int64_t tokens_in_flight) {
  const std::int64_t whole = ceil_div(tokens, layout.block_size);
  std::int64_t blocks = 0;
  for (const auto& group : layout.groups) {
    const std::int64_t recycled =
        ceil_div(group.window - 1 + tokens_in_flight, layout.block_size) + 1;
    blocks += group.window == 0 ? whole : std::min(whole, recycled);
  }
  return blocks;
}

}  // namespace headroom
