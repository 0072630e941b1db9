// sim/runtime/pass_account.hpp -- where the time of a GPU went whose weights, KV or experts are
// elsewhere. As in device_account.hpp every entry is counted from its own cause and none is what is
// left of another: busy time from the priced operations, useful work from the model's rates and
// exact counts of tokens, waiting from the executor.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "hwmodels/compute/work_rates.hpp"
#include "sim/runtime/batch.hpp"
#include "sim/runtime/device_account.hpp"
#include "sim/runtime/pass_runner.hpp"

namespace headroom {

// Seconds of GPU arithmetic at peak that each sort of work takes, per unit of it.
struct PassRates {
  WorkRates work;
  double experts_s_per_token = 0;     // part of work.compute_s_per_token
  double collective_s_per_token = 0;  // likewise: the additions of all-reduces, needed by no token
  double seconds(WorkClass sort, const WorkCounts& counts, double samples) const;
};

PassRates pass_rates(const LoweredModel& model, const OpTimeModel& roofline);

// Exact counts of the work of one pass, split as PassRow::is_decode() does: first for tokens no
// policy can avoid, again for those computed before.
struct PassCounts {
  WorkCounts first, again;
  void clear() { *this = {}; }
};

struct PassAccount {
  // Busy: seconds of the GPU.
  double compute_useful_s = 0;   // first computation of a token no policy can avoid
  double compute_again_s = 0;    // preempted and computed once more
  double compute_padding_s = 0;  // tokens that are not there
  double wait_hbm_s = 0;         // arithmetic idle inside ops bound by HBM
  double efficiency_s = 0;       // slower than the roof
  double launch_s = 0;
  double collective_s = 0;  // all-reduce operations on the GPU
  double conversion_s = 0;  // packing and unpacking of weights and KV on the GPU
  double rounding_s = 0;    // of private times to ns
  std::int64_t overhead_ns = 0;
  std::int64_t busy_ns = 0;    // of the watched stream
  std::int64_t gpu_slots = 0;  // operations, each rounded once
  std::int64_t passes_ns = 0;  // passes from start to end
  std::vector<std::string> causes;
  // By cause and variant: BatchLimit for weights; 0 (memory) and 1 (compute) for CPU operations; 0
  // for the rest.
  std::vector<std::array<std::int64_t, 3>> wait_ns;
};

// Is a wait for this cause shorter per token in a larger batch? Then its category says what kept
// the batch from being larger.
bool is_amortised_by_batch(const std::string& cause);
bool is_on_cpu(const std::string& cause);

// Integer ns that add up to `makespan` exactly. `idle_ns` by IdleCause: the time between passes.
// InternalError when the busy categories, each counted on its own, miss the busy time of the
// watched stream, or when busy, waiting and idle time miss the makespan.
std::vector<LedgerEntry> pass_ledger(const PassAccount& account,
                                     const std::array<std::int64_t, 4>& idle_ns, Duration makespan);

}  // namespace headroom
