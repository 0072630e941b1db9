// analysis/limits/unavoidable_traffic.hpp -- what passes of an offload system move over the links
// of a node and cannot avoid, by purpose: with private links (NodeSpec::shared_links off) each
// purpose has a copy of every link to itself.
//
// Counted as the systems move it (policies/execution): weights that are not in HBM once per pass;
// KV outside HBM once for each decode that reads it and once when it is new; around CPU attention
// queries, new KV of decodes and outputs; around CPU experts hidden states; hidden states of
// micro-batches that do not wait in HBM. What a cache of experts can hold is never moved; what the
// expert cache in DRAM can hold is never read off the SSD.
#pragma once

#include <array>
#include <cstdint>

#include "analysis/limits/offload_limits.hpp"
#include "hwmodels/compute/work_rates.hpp"

namespace headroom {

enum class Purpose : std::uint8_t { kWeights, kKv, kActivations, kCores };
inline constexpr std::size_t kPurposes = 4;

// Bytes of one rank, summed over replicas. `dram`: copies, where they cross it, staging of what CPU
// attention reads off an SSD included; `cores`: what the cores draw, which crosses DRAM too.
struct Traffic {
  double to_gpu = 0, from_gpu = 0;
  double dram = 0;
  double cores = 0;
  double ssd_read = 0, ssd_write = 0;
};

using TrafficByPurpose = std::array<Traffic, kPurposes>;

TrafficByPurpose unavoidable_traffic(const OffloadLimitsInput& input, const WorkTotals& work,
                                     const WorkRates& rates, double passes);

// What decode attention reads of the KV cache, at its size in HBM, on one rank.
double decode_kv_bytes(const WorkTotals& work, const WorkRates& rates);

// Size of the KV cache outside HBM over its size in it, at most 1.
double stored_kv_share(const OffloadLimitsInput& input);

bool cpu_has_attention(const ExecutionConfig& system);
bool cpu_has_experts(const ExecutionConfig& system);

// FLOP of routed experts that the CPU has to do on all ranks, and the type it computes in.
struct CpuExpertWork {
  double flops = 0;
  DataType type = DataType::kFp32;
};
CpuExpertWork unavoidable_cpu_experts(const OffloadLimitsInput& input, const WorkTotals& work);

}  // namespace headroom
