#include "sim/app/capacity_table.hpp"

#include <algorithm>
#include <string>

namespace headroom {
namespace {

const Table kNoRows{{{"memory"},
                     {"used_by"},
                     {"bytes"},
                     {"fraction"},
                     {"kv_blocks"},
                     {"kv_tokens"},
                     {"concurrent_sequences"}},
                    {}};

void add(Table& table, const char* memory, const std::string& used_by, Bytes bytes, Bytes whole) {
  table.rows.push_back(
      {std::string(memory), used_by, bytes.value, bytes / whole, Cell{}, Cell{}, Cell{}});
}

void add_kv_facts(Table& table, std::int64_t blocks, std::int64_t tokens, double sequences) {
  auto& row = table.rows.back();
  row[4] = blocks;
  row[5] = tokens;
  row[6] = sequences;
}

const char* memory_of(Tier tier) {
  return tier == Tier::kGpu ? "hbm" : tier == Tier::kDram ? "dram" : "ssd";
}

}  // namespace

Table capacity_table(const KvCapacity& capacity, double concurrent_sequences) {
  Table table = kNoRows;
  add(table, "hbm", "weights", capacity.weights, capacity.hbm);
  add(table, "hbm", "activations", capacity.activation_reserve, capacity.hbm);
  add(table, "hbm", "runtime", capacity.runtime_reserve, capacity.hbm);
  add(table, "hbm", "kv_cache", capacity.kv_cache, capacity.hbm);
  add_kv_facts(table, capacity.usable_blocks, capacity.tokens, concurrent_sequences);
  add(table, "hbm", "unused", capacity.unused, capacity.hbm);
  return table;
}

Table capacity_table(const OffloadCapacity& capacity, double concurrent_sequences) {
  Table table = kNoRows;
  for (const Tier tier : {Tier::kGpu, Tier::kDram, Tier::kSsd}) {
    const Bytes whole = capacity.memory[static_cast<std::size_t>(tier)];
    if (whole.value <= 0) continue;
    for (const auto& use : capacity.tiers.uses) {
      if (use.tier != tier) continue;
      add(table, memory_of(tier), use.used_by, use.bytes, whole);
      if (use.used_by == "kv_cache")
        add_kv_facts(table, capacity.kv_blocks, capacity.kv_tokens, concurrent_sequences);
    }
    const Bytes unused = whole - capacity.tiers.total(tier);
    add(table, memory_of(tier), "unused", std::max(Bytes{0}, unused), whole);
  }
  return table;
}

}  // namespace headroom
