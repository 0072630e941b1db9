#include "analysis/metrics/overload.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>

namespace headroom {
namespace {

constexpr int kParts = 4;

struct Period {
  std::int64_t from, until;  // ns
  double length() const { return static_cast<double>(until - from); }
};

bool was_computed(const RequestOutcome& o) { return o.scheduled >= TimePoint(0); }

// The second half of the time from the first arrival to the last.
Period second_half(std::span<const RequestOutcome> outcomes) {
  const auto [first, last] =
      std::minmax_element(outcomes.begin(), outcomes.end(),
                          [](const auto& a, const auto& b) { return a.arrival < b.arrival; });
  const std::int64_t from = first->arrival.value;
  const std::int64_t until = last->arrival.value;
  return {from + (until - from) / 2, until};
}

// Time-averaged number of waiting requests in each part (Little: the sum of the waits inside it,
// over its length).
std::array<double, kParts> mean_waiting(std::span<const RequestOutcome> outcomes,
                                        const Period& half) {
  const std::int64_t part = (half.until - half.from) / kParts;
  std::array<double, kParts> waiting{};
  for (const RequestOutcome& o : outcomes) {
    if (!was_computed(o) || o.scheduled.value <= half.from) continue;
    for (int k = 0; k < kParts; ++k) {
      const Period p{half.from + k * part, half.from + (k + 1) * part};
      const std::int64_t overlap =
          std::min(o.scheduled.value, p.until) - std::max(o.arrival.value, p.from);
      if (overlap > 0)
        waiting[static_cast<std::size_t>(k)] += static_cast<double>(overlap) / p.length();
    }
  }
  return waiting;
}

}  // namespace

std::optional<std::string> overload_warning(std::span<const RequestOutcome> outcomes) {
  if (outcomes.empty()) return std::nullopt;
  const Period half = second_half(outcomes);
  if (half.until - half.from < kParts) return std::nullopt;
  const std::array<double, kParts> waiting = mean_waiting(outcomes, half);
  if (std::adjacent_find(waiting.begin(), waiting.end(), std::greater_equal<>()) != waiting.end())
    return std::nullopt;
  const auto arrivals = std::count_if(
      outcomes.begin(), outcomes.end(),
      [&](const RequestOutcome& o) { return was_computed(o) && o.arrival.value >= half.from; });
  // The middles of the first part and the last are three of the four parts away from each other.
  const double between = static_cast<double>(arrivals) * (kParts - 1) / kParts;
  if (waiting.back() - waiting.front() <= 2.0 * std::sqrt(between)) return std::nullopt;
  std::array<char, 256> text{};
  std::snprintf(text.data(), text.size(),
                "overloaded: over the second half of the arrivals the waiting requests rose from "
                "%.0f to %.0f without settling, so "
                "latencies depend on the length of the run; lower the arrival rate or add replicas",
                waiting.front(), waiting.back());
  return text.data();
}

}  // namespace headroom
