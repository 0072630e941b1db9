#include "analysis/search/bisection.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace headroom {

Bisection::Bisection(double from, double to, double tolerance, bool whole)
    : from_(from), to_(to), tolerance_(tolerance), whole_(whole) {
  HEADROOM_CHECK(from > 0 && from < to && tolerance > 0, "a range to bisect, got ", from, " to ",
                 to, " within ", tolerance);
}

std::optional<double> Bisection::next() const {
  if (!holds_) return fails_ ? std::nullopt : std::optional(from_);
  if (!fails_) return *holds_ < to_ ? std::optional(to_) : std::nullopt;
  if (*fails_ <= *holds_ * (1 + tolerance_)) return std::nullopt;
  if (!whole_) return std::sqrt(*holds_ * *fails_);
  if (*fails_ - *holds_ <= 1) return std::nullopt;
  return std::clamp(std::round(std::sqrt(*holds_ * *fails_)), *holds_ + 1, *fails_ - 1);
}

void Bisection::tell(double value, bool holds) { (holds ? holds_ : fails_) = value; }

}  // namespace headroom
