#include "analysis/calibrate/board_rules.hpp"

#include <cmath>

#include "hwmodels/calibration/calibration.hpp"
#include "sim/base/check.hpp"

namespace headroom {

std::string architecture_of(const GpuSpec& gpu) {
  const std::string& name = gpu.architecture;
  const bool is_split = name.starts_with("Ampere") || name.starts_with("Blackwell");
  return is_split ? name : name.substr(0, name.find(' '));
}

PowerLaw power_law(std::span<const BoardValue> boards, bool has_slope) {
  constexpr double kRidge = 0.5;
  HEADROOM_CHECK(!boards.empty(), "boards");
  const auto n = static_cast<double>(boards.size());
  double x_mean = 0, y_mean = 0;
  for (const auto& board : boards) {
    x_mean += std::log(tflops_per_watt(*board.gpu)) / n;
    y_mean += std::log(board.value) / n;
  }
  double xy = 0, xx = kRidge;
  for (const auto& board : boards) {
    const double x = std::log(tflops_per_watt(*board.gpu)) - x_mean;
    xy += x * (std::log(board.value) - y_mean);
    xx += x * x;
  }
  const double slope = has_slope ? xy / xx : 0;
  return {std::exp(y_mean - slope * x_mean), slope};
}

}  // namespace headroom
