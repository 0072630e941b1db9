// analysis/calibrate/board_rules.hpp -- which boards run the same kernels, and what a board nobody
// measured is taken to be.
#pragma once

#include <span>
#include <string>

#include "hwmodels/compute/gpu_spec.hpp"

namespace headroom {

// Boards that the same kernels run on: "Hopper" of "Hopper GH100", but the data-centre and the
// workstation chips of Blackwell apart, and so Ampere's.
std::string architecture_of(const GpuSpec& gpu);

struct BoardValue {
  const GpuSpec* gpu;
  double value;  // above 0
};

// value * (TFLOPS per watt)^slope.
struct PowerLaw {
  double value = 0, slope = 0;
};

// Least squares in logarithms; few boards of little spread say nothing about a slope, hence a
// ridge. Without a slope: the geometric mean. Pre: at least one board.
PowerLaw power_law(std::span<const BoardValue> boards, bool has_slope);

}  // namespace headroom
