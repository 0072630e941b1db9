// sim/serving/kv_layout.hpp -- how the KV cache of a model is cut into blocks.
// Layers with the same attention are a specification; all groups of layers draw blocks from one
// pool, and one block holds `layers_per_group` layers of `block_size` tokens. Source: vLLM V1
// kv_cache_utils (engine-semantics, hybrid models).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

struct KvGroup {
  std::int64_t window = 0;  // tokens; 0: full attention. Groups of one span are alike.
  int span = 0;             // index into LoweredModel::spans()
};

struct KvLayout {
  std::int64_t block_size = 16;       // tokens
  std::int64_t layers_per_group = 0;  // a group with fewer layers is padded to this
  std::vector<KvGroup> groups;        // full attention first
  Bytes block_bytes{0};  // one block: block_size tokens x layers_per_group layers, on one rank
};

// A span with L layers makes ceil(L / g) groups; g is the smallest layer count of a span, or the
// largest if that is less than 1.5 times the smallest (the others are then padded).
KvLayout kv_layout(const LoweredModel& model, std::int64_t block_size);

// The most blocks one sequence of `tokens` can hold at once, when at most `tokens_in_flight` are
// added per iteration.
std::int64_t peak_blocks(const KvLayout& layout, std::int64_t tokens,
                         std::int64_t tokens_in_flight);

}  // namespace headroom
