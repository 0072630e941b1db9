#include "sim/app/capacity_table.hpp"

#include <string>

namespace headroom {

Table capacity_table(const KvCapacity& capacity, double concurrent_sequences) {
  Table table{{{"memory"},
               {"used_by"},
               {"bytes"},
               {"fraction"},
               {"kv_blocks"},
               {"kv_tokens"},
               {"concurrent_sequences"}},
              {}};
  const auto add = [&](const char* used_by, Bytes bytes) {
    table.rows.push_back({std::string("hbm"), std::string(used_by), bytes.value,
                          bytes / capacity.hbm, Cell{}, Cell{}, Cell{}});
  };
  add("weights", capacity.weights);
  add("activations", capacity.activation_reserve);
  add("runtime", capacity.runtime_reserve);
  table.rows.push_back({std::string("hbm"), std::string("kv_cache"), capacity.kv_cache.value,
                        capacity.kv_cache / capacity.hbm, capacity.usable_blocks, capacity.tokens,
                        concurrent_sequences});
  add("unused", capacity.unused);
  return table;
}

}  // namespace headroom
