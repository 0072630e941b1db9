#include "analysis/limits/prefill_backlog.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace headroom {
namespace {

constexpr double kRounding = 1e-9;  // relative: dates are whole nanoseconds

}  // namespace

PrefillBacklog::PrefillBacklog(const RequestTable& table, const WorkTotals& work,
                               const WorkRates& rates, const std::vector<bool>& counts,
                               std::int64_t replicas) {
  TimePoint first{std::numeric_limits<std::int64_t>::max()}, last{0};
  for (std::size_t i = 0; i < table.requests.size(); ++i) {
    if (!counts[i]) continue;
    const Request& request = table.requests[i];
    const std::int32_t shared = work.avoidable_tokens.empty() ? 0 : work.avoidable_tokens[i];
    work_s_.push_back(static_cast<double>(request.prompt_tokens - shared) *
                      rates.compute_s_per_token);
    first = std::min(first, request.arrival);
    last = std::max(last, request.arrival);
  }
  if (!work_s_.empty()) arrivals_s_ = to_seconds(elapsed(first, last)).value;
  std::sort(work_s_.begin(), work_s_.end());
  double sum = 0;
  for (double& seconds : work_s_) {
    sum += seconds;
    seconds = sum * (1 - kRounding) / static_cast<double>(replicas);
  }
}

double PrefillBacklog::ttft_quantile_s(double fraction) const {
  if (work_s_.empty()) return 0;
  // The quantile is at least the order statistic below it, which that many do not exceed.
  const auto below =
      static_cast<std::size_t>(std::floor(fraction * static_cast<double>(work_s_.size() - 1)));
  return std::max(0.0, work_s_[below] - arrivals_s_);
}

double PrefillBacklog::share_within(double ttft_s) const {
  if (work_s_.empty()) return 1;
  const auto first_late = std::upper_bound(work_s_.begin(), work_s_.end(), arrivals_s_ + ttft_s);
  return static_cast<double>(first_late - work_s_.begin()) / static_cast<double>(work_s_.size());
}

}  // namespace headroom
