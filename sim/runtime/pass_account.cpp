#include "sim/runtime/pass_account.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

std::vector<BusyEntry> busy_entries(const PassAccount& a) {
  return {{"useful", a.compute_useful_s},         {"extra_recompute", a.compute_again_s},
          {"extra_padding", a.compute_padding_s}, {"wait_hbm", a.wait_hbm_s},
          {"efficiency", a.efficiency_s},         {"launch", a.launch_s},
          {"collective", a.collective_s},         {"conversion", a.conversion_s}};
}

std::vector<LedgerEntry> waits(const PassAccount& a) {
  constexpr std::array<const char*, 3> kLimits{"_offered_load", "_memory", "_policy"};
  constexpr std::array<const char*, 2> kParts{"_dram", "_compute"};
  std::vector<LedgerEntry> entries;
  for (std::size_t c = 0; c < a.causes.size(); ++c) {
    const std::string name = "wait_" + a.causes[c];
    if (is_amortised_by_batch(a.causes[c])) {
      for (std::size_t i = 0; i < kLimits.size(); ++i)
        entries.push_back({name + kLimits[i], a.wait_ns[c][i]});
    } else if (is_on_cpu(a.causes[c])) {
      for (std::size_t i = 0; i < kParts.size(); ++i)
        entries.push_back({name + kParts[i], a.wait_ns[c][i]});
    } else {
      entries.push_back({name, a.wait_ns[c][0]});
    }
  }
  return entries;
}

void check_busy(const PassAccount& a, const std::vector<BusyEntry>& busy) {
  const double busy_s = real(a.busy_ns - a.overhead_ns) / kNanosecondsPerSecond;
  const double rounding = 1e-9 * busy_s + 1e-10;  // of long sums of doubles
  double sum_s = a.rounding_s;
  for (const auto& [category, seconds] : busy) {
    HEADROOM_CHECK(seconds >= -rounding, category, " is negative: ", seconds);
    sum_s += seconds;
  }
  HEADROOM_CHECK(std::abs(a.rounding_s) <= 0.5e-9 * real(a.gpu_slots) + rounding,
                 "an operation is rounded by half a nanosecond at most, ", a.gpu_slots, " were by ",
                 a.rounding_s, " s");
  HEADROOM_CHECK(std::abs(sum_s - busy_s) <= rounding, "the ledger's busy categories sum to ",
                 sum_s, " s, the GPU's operations took ", busy_s, " s");
}

}  // namespace

bool is_amortised_by_batch(const std::string& cause) {
  return cause == kCauseWeightsPcie || cause == kCauseWeightsSsd;
}

bool is_on_cpu(const std::string& cause) {
  return cause == kCauseCpuAttention || cause == kCauseCpuExperts;
}

PassRates pass_rates(const LoweredModel& model, const OpTimeModel& roofline) {
  PassRates rates;
  rates.work = work_rates(model, roofline);
  std::vector<OpCount> ops;
  model.token_ops(1.0, ops);
  for (const auto& [op, count] : ops) {
    const double seconds = real(count) * roofline.time(op).compute.value;
    if (class_of(op.kind) == WorkClass::kExperts) rates.experts_s_per_token += seconds;
    if (class_of(op.kind) == WorkClass::kCollective) rates.collective_s_per_token += seconds;
  }
  return rates;
}

double PassRates::seconds(WorkClass sort, const WorkCounts& counts, double samples) const {
  double attention_s = 0;
  switch (sort) {
    case WorkClass::kTokens:
      return real(counts.tokens) *
             (work.compute_s_per_token - experts_s_per_token - collective_s_per_token);
    case WorkClass::kExperts:
      return real(counts.tokens) * experts_s_per_token;
    case WorkClass::kSampling:
      return samples * work.compute_s_per_sample;
    case WorkClass::kPrefillAttention:
      for (std::size_t i = 0; i < static_cast<std::size_t>(work.spans); ++i)
        attention_s += real(counts.prefill_pairs[i]) * work.compute_s_per_prefill_pair[i] +
                       real(counts.prefill_read[i]) * work.compute_s_per_prefill_read[i];
      return attention_s;
    case WorkClass::kDecodeAttention:
      for (std::size_t i = 0; i < static_cast<std::size_t>(work.spans); ++i)
        attention_s += real(counts.decode_pairs[i]) * work.compute_s_per_decode_pair[i];
      return attention_s;
    case WorkClass::kCollective:
    case WorkClass::kConversion:
      break;
  }
  return 0;
}

std::vector<LedgerEntry> pass_ledger(const PassAccount& account,
                                     const std::array<std::int64_t, 4>& idle_ns,
                                     Duration makespan) {
  const auto busy = busy_entries(account);
  check_busy(account, busy);
  const auto waiting = waits(account);
  std::int64_t waiting_ns = 0;
  for (const auto& entry : waiting) waiting_ns += entry.duration_ns;
  HEADROOM_CHECK(account.busy_ns + waiting_ns == account.passes_ns, "busy ", account.busy_ns,
                 " ns and waiting ", waiting_ns, " ns make up the passes' ", account.passes_ns,
                 " ns");
  const std::int64_t idle = std::accumulate(idle_ns.begin(), idle_ns.end(), std::int64_t{0});
  HEADROOM_CHECK(account.passes_ns + idle == makespan.value, "passes of ", account.passes_ns,
                 " ns and idle ", idle, " ns make up the makespan of ", makespan.value, " ns");

  std::vector<LedgerEntry> ledger;
  const auto whole = apportion(busy, account.busy_ns - account.overhead_ns);
  for (std::size_t i = 0; i < busy.size(); ++i) ledger.push_back({busy[i].first, whole[i]});
  ledger.push_back({"overhead", account.overhead_ns});
  ledger.insert(ledger.end(), waiting.begin(), waiting.end());
  for (std::size_t i = 0; i < kIdleCauses; ++i) ledger.push_back({kIdleNames[i], idle_ns[i]});
  return ledger;
}

}  // namespace headroom
