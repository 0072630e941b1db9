// analysis/search/bisection.hpp -- the highest value at which something still holds, when it holds
// below and fails above: the highest request rate that meets an SLO. Halves the ratio of what holds
// and what fails, so that ends of different magnitude cost few steps: log2(log(to / from) /
// log(1 + tolerance)) of them, and the two ends.
#pragma once

#include <optional>

namespace headroom {

class Bisection {
 public:
  // Pre: 0 < from < to, tolerance > 0. `whole`: only whole numbers, to the nearest one.
  Bisection(double from, double to, double tolerance, bool whole);

  // The value to try next; nothing when the answer is known.
  std::optional<double> next() const;
  // Pre: next() was this value.
  void tell(double value, bool holds);

  // The highest value tried at which it holds; nothing when it fails at `from`.
  std::optional<double> highest() const { return holds_; }
  // The lowest tried at which it fails; nothing when it holds at `to`.
  std::optional<double> lowest_failure() const { return fails_; }

 private:
  double from_, to_, tolerance_;
  bool whole_;
  std::optional<double> holds_, fails_;
};

}  // namespace headroom
