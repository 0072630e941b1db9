// tests/support/compare_runs.hpp -- two runs that ought to be one: says what differs first, or
// nothing.
#pragma once

#include <cmath>
#include <string>

#include "sim/runtime/device_account.hpp"
#include "sim/runtime/run_result.hpp"

namespace headroom::test {

inline bool same_outcome(const RequestOutcome& a, const RequestOutcome& b) {
  return a.arrival == b.arrival && a.queued == b.queued && a.scheduled == b.scheduled &&
         a.first_token == b.first_token && a.finish == b.finish &&
         a.prompt_tokens == b.prompt_tokens && a.output_tokens == b.output_tokens &&
         a.cached_tokens == b.cached_tokens && a.preemptions == b.preemptions &&
         a.parent_id == b.parent_id && a.class_id == b.class_id && a.replica == b.replica &&
         a.status == b.status && a.reason == b.reason;
}

inline std::string describe(const RequestOutcome& o) {
  std::string text;
  for (const std::int64_t value :
       {o.arrival.value, o.queued.value, o.scheduled.value, o.first_token.value, o.finish.value,
        std::int64_t{o.prompt_tokens}, std::int64_t{o.output_tokens}, std::int64_t{o.cached_tokens},
        std::int64_t{o.preemptions}, std::int64_t{o.parent_id}, std::int64_t{o.replica}}) {
    text += std::to_string(value);
    text += ' ';
  }
  text += name_of(o.status);
  return text;
}

// Every category of both ledgers of every device: whole nanoseconds that sum to the makespan, and
// equal to 1e-9 between the runs (fast-forward sums products where stepping sums addends).
inline std::string ledger_difference(const RunResult& a, const RunResult& b) {
  for (std::size_t r = 0; r < a.replicas.size(); ++r)
    for (const char* binding : {"hbm", "compute"}) {
      const auto left = device_ledger(a.replicas[r].account, binding, a.makespan);
      const auto right = device_ledger(b.replicas[r].account, binding, b.makespan);
      std::int64_t sum = 0;
      for (std::size_t i = 0; i < left.size(); ++i) {
        sum += left[i].duration_ns;
        // Apportioning may move a nanosecond.
        const double allowed = 1.0 + 1e-9 * static_cast<double>(a.makespan.value);
        if (std::abs(static_cast<double>(left[i].duration_ns - right[i].duration_ns)) > allowed)
          return "ledger " + left[i].category + " of replica " + std::to_string(r) + ": " +
                 std::to_string(left[i].duration_ns) + " against " +
                 std::to_string(right[i].duration_ns);
      }
      if (sum != a.makespan.value) return "the ledger does not sum to the makespan";
    }
  return "";
}

inline std::string difference(const RunResult& a, const RunResult& b) {
  if (a.outcomes.size() != b.outcomes.size()) return "number of sequences";
  for (std::size_t i = 0; i < a.outcomes.size(); ++i)
    if (!same_outcome(a.outcomes[i], b.outcomes[i]))
      return "sequence " + std::to_string(i) + ": " + describe(a.outcomes[i]) + " against " +
             describe(b.outcomes[i]);
  if (a.makespan != b.makespan) return "makespan";
  if (a.length_capped != b.length_capped) return "length_capped";
  for (std::size_t i = 0; i < a.itl.bins().size(); ++i)
    if (a.itl.bins()[i].count != b.itl.bins()[i].count ||
        a.itl.bins()[i].total_ns != b.itl.bins()[i].total_ns)
      return "inter-token latencies around " +
             std::to_string(LatencyHistogram::bin_start(i).value) + " ns";
  for (std::size_t r = 0; r < a.replicas.size(); ++r) {
    const auto& x = a.replicas[r];
    const auto& y = b.replicas[r];
    if (x.iterations != y.iterations) return "iterations";
    if (x.kv_peak_blocks != y.kv_peak_blocks) return "peak of KV blocks";
    if (x.kv_evictions != y.kv_evictions) return "evictions";
    if (x.prefix_queried_tokens != y.prefix_queried_tokens ||
        x.prefix_hit_tokens != y.prefix_hit_tokens)
      return "prefix cache counters";
    if (x.account.idle_ns != y.account.idle_ns || x.account.busy_ns != y.account.busy_ns)
      return "idle time";
  }
  return "";
}

}  // namespace headroom::test
