// analysis/validate/efficiency_fit.hpp -- the one number a case may fit: the efficiency at which
// the geometric mean, over the fitted rows, of predicted / measured speed is 1.
//
// Predictions come from simulation, and not everything in them scales with the efficiency (host
// time per layer does not), so the number is found by trying: a secant search on log(efficiency)
// against the log of that mean, which rises with it. Never above 1, which is the rate the case
// itself calls possible: a row that is faster than that stays faster, and the fit ends at 1 without
// having converged.
#pragma once

#include <optional>
#include <span>

#include "analysis/validate/comparison.hpp"

namespace headroom {

class EfficiencyFit {
 public:
  explicit EfficiencyFit(double start);  // in (0, 1]
  double candidate() const;              // what to try next, or the result
  // Mean log of predicted / measured speed that the candidate gave.
  void observe(double log_speed_ratio);
  bool is_done() const { return done_; }
  bool has_converged() const { return converged_; }  // within 1e-4; otherwise nothing helps

 private:
  static constexpr int kMostTries = 20;
  double log_candidate_;
  std::optional<double> last_log_, last_ratio_;
  int tries_ = 0;
  bool done_ = false, converged_ = false;
};

// Over the fitted rows that are compared; absent when there is none. Times count inverted.
std::optional<double> log_speed_ratio(std::span<const Comparison> rows);

}  // namespace headroom
