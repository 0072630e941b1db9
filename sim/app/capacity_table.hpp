// sim/app/capacity_table.hpp -- what a GPU's memory is used by.
#pragma once

#include "sim/record/table.hpp"
#include "sim/scenario/kv_capacity.hpp"

namespace headroom {

// One row per memory and user: memory, used_by, bytes, fraction, and for the KV cache blocks,
// tokens and how many sequences of mean length it holds at once. The bytes sum to the memory.
Table capacity_table(const KvCapacity& capacity, double concurrent_sequences);

}  // namespace headroom
