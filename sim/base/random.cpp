#include "sim/base/random.hpp"

#include <cmath>
#include <numbers>

namespace headroom {

std::int64_t RandomStream::uniform_int(std::int64_t low, std::int64_t high) {
  const double span = static_cast<double>(high - low) + 1.0;
  const auto offset = static_cast<std::int64_t>(uniform() * span);
  return low + offset;
}

double RandomStream::normal() {
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double RandomStream::exponential(double mean) { return -mean * std::log(uniform()); }

double RandomStream::gamma(double shape, double scale) {
  if (shape < 1.0) {
    // Boost the shape above 1 and scale back (the same paper, section 6).
    const double boosted = gamma(shape + 1.0, scale);
    return boosted * std::pow(uniform(), 1.0 / shape);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = normal();
    const double v = std::pow(1.0 + c * x, 3);
    if (v <= 0.0) continue;
    const double u = uniform();
    if (std::log(u) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v * scale;
  }
}

}  // namespace headroom
