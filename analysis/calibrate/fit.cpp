#include "analysis/calibrate/fit.hpp"

#include <algorithm>
#include <limits>
#include <nlopt.hpp>

#include "sim/base/check.hpp"
#include "sim/base/random.hpp"

namespace headroom {
namespace {

constexpr double kVeryBad = 1e9;
constexpr double kRelativeTolerance = 1e-6;

struct Objective {
  const std::function<double(std::span<const double>)>& loss;
  const Box& box;
  std::vector<double> point;  // reused

  // Unit cube to box: parameters differ by orders of magnitude.
  std::span<const double> scaled(const std::vector<double>& unit) {
    for (std::size_t i = 0; i < unit.size(); ++i)
      point[i] = box.lower[i] + std::clamp(unit[i], 0.0, 1.0) * (box.upper[i] - box.lower[i]);
    return point;
  }
  double at(const std::vector<double>& unit) {
    const double value = loss(scaled(unit));
    return std::isfinite(value) ? value : kVeryBad;
  }
};

double evaluate(const std::vector<double>& unit, std::vector<double>&, void* objective) {
  return static_cast<Objective*>(objective)->at(unit);
}

// Improves `unit` in place; its loss.
double improve(nlopt::algorithm algorithm, Objective& objective, std::vector<double>& unit,
               int evaluations) {
  nlopt::opt search(algorithm, static_cast<unsigned>(unit.size()));
  search.set_lower_bounds(0.0);
  search.set_upper_bounds(1.0);
  search.set_min_objective(evaluate, &objective);
  search.set_maxeval(evaluations);
  search.set_xtol_rel(kRelativeTolerance);
  search.set_ftol_rel(kRelativeTolerance);
  search.set_initial_step(0.1);
  const std::vector<double> before = unit;
  double value = kVeryBad;
  try {
    search.optimize(unit, value);
  } catch (const nlopt::roundoff_limited&) {  // as near as doubles get: `unit` is good
    value = objective.at(unit);
  } catch (const std::runtime_error&) {
    unit = before;
    value = objective.at(unit);
  }
  return value;
}

}  // namespace

std::vector<double> minimise(const Box& box,
                             const std::function<double(std::span<const double>)>& loss,
                             const FitOptions& options) {
  const std::size_t n = box.start.size();
  HEADROOM_CHECK(box.lower.size() == n && box.upper.size() == n, "bounds of every parameter");
  if (n == 0) return {};
  Objective objective{loss, box, std::vector<double>(n)};
  std::vector<double> given(n);
  for (std::size_t i = 0; i < n; ++i) {
    HEADROOM_CHECK(box.lower[i] < box.upper[i], "an interval to search");
    given[i] = (box.start[i] - box.lower[i]) / (box.upper[i] - box.lower[i]);
  }
  std::vector<double> best = given;
  double best_loss = objective.at(given);
  RandomStream random(1, "fit");
  for (int start = 0; start < options.starts; ++start) {
    std::vector<double> unit = given;
    if (start > 0)
      for (auto& value : unit) value = std::clamp(value + random.uniform() - 0.5, 0.0, 1.0);
    if (n > 1) improve(nlopt::LN_BOBYQA, objective, unit, options.evaluations);
    const double value = improve(nlopt::LN_NELDERMEAD, objective, unit, options.evaluations);
    if (value < best_loss) {
      best_loss = value;
      best = unit;
    }
  }
  const auto result = objective.scaled(best);
  return {result.begin(), result.end()};
}

}  // namespace headroom
