#include "analysis/validate/efficiency_fit.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/validate/run_prediction.hpp"

namespace headroom {

EfficiencyFit::EfficiencyFit(double start) : log_candidate_(std::log(start)) {}

double EfficiencyFit::candidate() const { return std::exp(log_candidate_); }

void EfficiencyFit::observe(double log_speed_ratio) {
  ++tries_;
  converged_ = std::abs(log_speed_ratio) < 1e-4;
  const bool is_at_most_too_slow = log_candidate_ == 0 && log_speed_ratio < 0;
  done_ = converged_ || is_at_most_too_slow || tries_ >= kMostTries;
  if (done_) return;
  double slope = 1;  // all of the time scales with it
  if (last_log_ && *last_log_ != log_candidate_)
    slope = (log_speed_ratio - *last_ratio_) / (log_candidate_ - *last_log_);
  last_log_ = log_candidate_;
  last_ratio_ = log_speed_ratio;
  // Speed grows at most in proportion; where it hardly grows, no step beyond a factor of e^2.
  slope = std::clamp(slope, 0.02, 1.5);
  log_candidate_ = std::min(0.0, log_candidate_ - std::clamp(log_speed_ratio / slope, -2.0, 2.0));
}

std::optional<double> log_speed_ratio(std::span<const Comparison> rows) {
  double sum = 0;
  int n = 0;
  for (const auto& row : rows) {
    if (row.use != RowUse::kFit || !row.is_compared()) continue;
    sum += is_rate(row.metric) ? std::log(row.ratio()) : -std::log(row.ratio());
    ++n;
  }
  if (n == 0) return std::nullopt;
  return sum / n;
}

}  // namespace headroom
