#include "sim/runtime/device_account.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

std::vector<BusyEntry> busy_entries(const DeviceAccount& a, const std::string& binding_resource) {
  if (binding_resource == "compute") {
    return {{"useful", a.compute_useful_s},
            {"extra_recompute", a.compute_again_s},
            {"wait_hbm", a.wait_hbm_s},
            {"efficiency", a.efficiency_s},
            {"launch", a.launch_s}};
  }
  HEADROOM_CHECK(binding_resource == "hbm", "a ledger is kept for compute or hbm, not ",
                 binding_resource);
  const auto weights = [&](BatchLimit limit) {
    return a.hbm_weights_extra_s[static_cast<std::size_t>(limit)];
  };
  return {{"useful", a.hbm_weights_useful_s + a.hbm_kv_useful_s},
          {"extra_weights_offered_load", weights(BatchLimit::kOfferedLoad)},
          {"extra_weights_memory", weights(BatchLimit::kMemory)},
          {"extra_weights_policy", weights(BatchLimit::kPolicy)},
          {"extra_kv_reread", a.hbm_kv_reread_s},
          {"extra_recompute", a.hbm_kv_again_s},
          {"extra_activations", a.hbm_activations_s},
          {"wait_compute", a.wait_compute_s},
          {"efficiency", a.efficiency_s},
          {"launch", a.launch_s}};
}

}  // namespace

std::vector<std::int64_t> apportion(const std::vector<BusyEntry>& entries, std::int64_t total) {
  const double sum = std::accumulate(entries.begin(), entries.end(), 0.0,
                                     [](double s, const BusyEntry& e) { return s + e.second; });
  std::vector<std::int64_t> whole(entries.size(), 0);
  if (sum <= 0.0) return whole;
  std::vector<std::pair<double, std::size_t>> fractions;
  std::int64_t given = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const double exact = static_cast<double>(total) * (entries[i].second / sum);
    whole[i] = static_cast<std::int64_t>(std::floor(exact));
    given += whole[i];
    fractions.emplace_back(-(exact - std::floor(exact)), i);
  }
  std::sort(fractions.begin(), fractions.end());
  for (std::size_t i = 0; given < total; i = (i + 1) % fractions.size(), ++given)
    ++whole[fractions[i].second];
  return whole;
}

std::vector<LedgerEntry> device_ledger(const DeviceAccount& account,
                                       const std::string& binding_resource, Duration makespan) {
  const auto busy = busy_entries(account, binding_resource);
  double sum_s = 0;
  for (const auto& [category, seconds] : busy) {
    HEADROOM_CHECK(seconds >= -1e-9 * (1.0 + account.busy_s), category, " is negative: ", seconds);
    sum_s += seconds;
  }
  const double busy_s = static_cast<double>(account.busy_ns) / kNanosecondsPerSecond;
  // Half a nanosecond of rounding per iteration, and the rounding of long sums of doubles.
  const double tolerance = 0.5e-9 * static_cast<double>(account.iterations) + 1e-9 * busy_s + 1e-12;
  HEADROOM_CHECK(std::abs(sum_s - busy_s) <= tolerance, "the ledger's busy categories sum to ",
                 sum_s, " s, the device was busy for ", busy_s, " s");
  const std::int64_t idle =
      std::accumulate(account.idle_ns.begin(), account.idle_ns.end(), std::int64_t{0});
  HEADROOM_CHECK(account.busy_ns + idle == makespan.value, "busy ", account.busy_ns,
                 " ns and idle ", idle, " ns make up the makespan of ", makespan.value, " ns");

  std::vector<LedgerEntry> ledger;
  const auto whole = apportion(busy, account.busy_ns);
  for (std::size_t i = 0; i < busy.size(); ++i) ledger.push_back({busy[i].first, whole[i]});
  for (std::size_t i = 0; i < kIdleNames.size(); ++i)
    ledger.push_back({kIdleNames[i], account.idle_ns[i]});
  return ledger;
}

}  // namespace headroom
