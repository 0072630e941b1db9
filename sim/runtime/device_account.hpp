// sim/runtime/device_account.hpp -- where the time of one device went, for the gap ledger.
// Every entry is counted from its own cause; none is what is left of another. That their sum is the
// time that passed is therefore a check on all of them (ledger_rows throws if it is not).
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "policies/batching/batch_policy.hpp"
#include "sim/base/units.hpp"

namespace headroom {

enum class IdleCause : std::uint8_t { kNoWork, kImbalance, kMemory, kPolicy };
inline constexpr std::size_t kIdleCauses = 4;
inline constexpr std::array<const char*, kIdleCauses> kIdleNames{"no_work", "imbalance", "memory",
                                                                 "policy"};

struct DeviceAccount {
  // Busy time, in seconds of this device. Arithmetic: work / peak. HBM: bytes / bandwidth.
  double compute_useful_s = 0;      // first computation of a token no policy can avoid
  double compute_again_s = 0;       // preempted or evicted and computed once more
  double hbm_weights_useful_s = 0;  // one read per unavoidable step
  std::array<double, 3>
      hbm_weights_extra_s{};  // by BatchLimit: further reads because the batch was small
  double hbm_kv_useful_s = 0;
  double hbm_kv_reread_s = 0;    // earlier chunks of a prompt read again
  double hbm_kv_again_s = 0;     // recomputation's share
  double hbm_activations_s = 0;  // inputs and outputs of ops
  double wait_compute_s = 0;     // HBM idle inside an op bound by arithmetic (or the network)
  double wait_hbm_s = 0;         // arithmetic idle inside an op bound by HBM
  double efficiency_s = 0;       // slower than its own roof
  double launch_s = 0;
  double busy_s = 0;         // what the cost model said, before rounding to ns
  std::int64_t busy_ns = 0;  // what passed
  std::int64_t iterations = 0;
  std::array<std::int64_t, 4> idle_ns{};  // by IdleCause
};

struct LedgerEntry {
  std::string category;
  std::int64_t duration_ns = 0;
};

using BusyEntry = std::pair<const char*, double>;  // category and its seconds

// Whole nanoseconds in proportion to the seconds, that sum to `total`: floors first, the rest to
// the largest fractions (ties to the first). All 0 when there are no seconds.
std::vector<std::int64_t> apportion(const std::vector<BusyEntry>& entries, std::int64_t total);

// The ledger of one device for the binding class "compute" or "hbm": integer ns that add up to
// `makespan` exactly. InternalError if the categories, each counted on its own, miss the busy time
// by more than rounding (half a nanosecond per iteration), or busy and idle time miss the makespan.
std::vector<LedgerEntry> device_ledger(const DeviceAccount& account,
                                       const std::string& binding_resource, Duration makespan);

}  // namespace headroom
