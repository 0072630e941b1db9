// analysis/calibrate/fit.hpp -- finds the parameters of a kernel model that make its times those
// that were measured. Minimises the weighted mean of a soft absolute value of ln(predicted /
// measured): like a median it does not care how far off an outlier is, like a square it is smooth
// near zero. Derivative-free (BOBYQA, Powell 2009, then Nelder-Mead, both from NLopt) within the
// bounds of the fields, from the defaults and from points of a fixed sequence. Deterministic.
#pragma once

#include <cmath>
#include <functional>
#include <span>
#include <vector>

#include "hwmodels/kernels/param_field.hpp"

namespace headroom {

// A residual of 3 % is where square turns into absolute.
inline double soft_absolute(double residual) {
  constexpr double kScale = 0.03;
  const double x = residual / kScale;
  return kScale * (std::sqrt(1 + x * x) - 1);
}

struct FitOptions {
  int starts = 4;          // the first is the given point
  int evaluations = 2000;  // per start
};

struct Box {
  std::vector<double> lower, upper, start;
};

// The minimum found; never worse than `start`. Pre: equal lengths, start within the box. A loss
// that is not finite counts as very bad.
std::vector<double> minimise(const Box& box,
                             const std::function<double(std::span<const double>)>& loss,
                             const FitOptions& options = {});

// Fits the chosen fields of a parameter struct; the others keep what `params` has.
template <class Params>
Params fit_fields(const Params& params, std::span<const ParamField<Params>> fields,
                  const std::function<double(const Params&)>& loss,
                  const FitOptions& options = {}) {
  Box box;
  for (const auto& field : fields) {
    box.lower.push_back(field.lower);
    box.upper.push_back(field.upper);
    box.start.push_back(std::fmin(std::fmax(params.*field.member, field.lower), field.upper));
  }
  const auto with = [&](std::span<const double> values) {
    Params candidate = params;
    for (std::size_t i = 0; i < fields.size(); ++i) candidate.*fields[i].member = values[i];
    return candidate;
  };
  return with(minimise(
      box, [&](std::span<const double> values) { return loss(with(values)); }, options));
}

}  // namespace headroom
