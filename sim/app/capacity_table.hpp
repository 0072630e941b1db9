// sim/app/capacity_table.hpp -- what the memories of a replica are used by.
#pragma once

#include "sim/record/table.hpp"
#include "sim/scenario/kv_capacity.hpp"
#include "sim/scenario/offload_capacity.hpp"

namespace headroom {

// One row per memory and user: memory, used_by, bytes, fraction, and for the KV cache blocks,
// tokens and how many sequences of mean length it holds at once. The bytes of a memory sum to it.
Table capacity_table(const KvCapacity& capacity, double concurrent_sequences);
// The same for hbm (of one GPU), dram and ssd of a node. A KV cache that is spread over several has
// its blocks in each row: every block has a part in each.
Table capacity_table(const OffloadCapacity& capacity, double concurrent_sequences);

}  // namespace headroom
