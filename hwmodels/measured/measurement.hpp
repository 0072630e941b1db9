// analysis/calibrate/measurement.hpp -- one measured kernel, whatever file it comes from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hwmodels/kernels/gemm_model.hpp"

namespace headroom {

// How a time was taken. Times with launch gaps and times without are never fitted together.
enum class Timing {
  kKernel,  // the kernel alone, or graph replay
  kEvent    // between two events: the host's launch is in it
};

// Where a row comes from and whether a fit may use it.
struct Provenance {
  std::string source;  // "aiconfigurator", "vidur", ...
  std::string gpu;     // of the catalogue: "h100-sxm"
  std::string die;     // "GH100": left out as a whole
  std::string model;   // model or shape family it was measured for; "" for plain sweeps
  std::string kernel;  // library or function, as the source names it
  std::string file;    // as shown
  std::int64_t line = 0;
  Timing timing = Timing::kKernel;
  std::string excluded;      // why no fit and no error counts it; "" when it counts
  bool l2_resident = false;  // its operands stayed in the L2 between repetitions
};

struct GemmMeasurement {
  Provenance from;
  GemmShape shape;
  GemmResidency residency;
  double seconds = 0;
};

}  // namespace headroom
