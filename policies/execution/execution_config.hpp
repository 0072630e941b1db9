// policies/execution/execution_config.hpp -- the `system:` section of a scenario, resolved: where
// weights, KV cache and activations live and which execution system moves them. Each system reads
// the keys it has; the others keep their defaults and are refused in the scenario.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/transformer/data_type.hpp"

namespace headroom {

enum class Tier : std::uint8_t { kGpu, kDram, kSsd };
inline constexpr int kTiers = 3;
std::string_view name_of(Tier tier);  // "gpu", "dram", "ssd"

// Fractions by tier; they sum to 1.
struct TierFractions {
  double gpu = 0, dram = 0, ssd = 0;
};

struct Placement {
  TierFractions weights{0, 1, 0};      // FlexGen's wg, wc, wd
  TierFractions kv_cache{0, 1, 0};     // cg, cc, cd
  TierFractions activations{1, 0, 0};  // hg, hc, hd: the hidden states of micro-batches that wait
};

enum class Device : std::uint8_t { kGpu, kCpu };
enum class CachePolicy : std::uint8_t { kLru, kLfu, kStatic, kOptimal };
enum class RoutingKind : std::uint8_t { kUniform, kZipf, kTrace };

struct RoutingConfig {
  RoutingKind kind = RoutingKind::kUniform;
  double zipf_exponent = 1.0;
  // Probability that a token's experts in a layer are those "next to" its experts of the layer
  // before, rather than a fresh draw.
  double affinity = 0.0;
  // Of a replayed trace: to be opened, to be shown, and where the scenario names it.
  std::string trace_path, trace_as_written;
  SourcePosition trace_asked_at{};
};

struct ExpertOffloadConfig {
  Tier home = Tier::kDram;       // where experts live that are not cached
  double cached_fraction = 0.0;  // of all experts, in HBM
  CachePolicy cache = CachePolicy::kLru;
  Device compute = Device::kGpu;    // of experts that are not in HBM: fetched, or on the CPU
  double prefetch_recall = 0.0;     // of the experts a layer needs, how many the predictor names
  std::int64_t prefetch_lead = 1;   // layers ahead
  std::vector<double> expert_bits;  // nested bit widths, narrowest first (D2MoE); empty: one width
  std::vector<double> expert_bit_shares;  // of routed tokens served at each width; sum to 1
  bool hottest_first = false;  // order of fetches: most used expert and lowest bits first
  RoutingConfig routing;
};

struct ExecutionConfig {
  std::string name;  // "layer_streaming", "flexgen", "moe_lightning", "moe_lens", "expert_offload"
  Placement placement;
  std::int64_t micro_batch_size = 0;   // sequences of one micro-batch (FlexGen's gbs, mu)
  std::int64_t num_micro_batches = 1;  // of one block or batch (bls = gbs x this)
  Device attention = Device::kGpu;     // of decode attention over a KV cache outside the GPU
  bool padded = false;                 // every prompt as long as the longest
  bool overlap = true;                 // transfers beside computation; off: one after the other
  Bytes packet{100e6};  // weights are sent in packets; a small copy waits for at most one
  DataType weight_transfer_type = DataType::kBf16;  // of weights outside the GPU (FlexGen: int4)
  DataType kv_transfer_type = DataType::kBf16;      // of KV outside the GPU
  Seconds layer_overhead{0};  // host time per layer and micro-batch: launches, Python
  // One number for a whole system on a whole machine: all rates times this. 1 is the roofline; a
  // fitted value says what it was fitted on where it stands.
  double efficiency = 1.0;
  std::optional<Bytes> kv_cache;  // given instead of what memory leaves
  ExpertOffloadConfig experts;
};

}  // namespace headroom
