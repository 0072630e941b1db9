// hwmodels/measured/measurement.hpp -- one measured kernel, whatever file it comes from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hwmodels/kernels/elementwise_model.hpp"
#include "hwmodels/kernels/gemm_model.hpp"

namespace headroom {

// How a time was taken. Times with launch gaps and times without are never fitted together.
enum class Timing {
  kKernel,  // the kernel alone, or graph replay
  kEvent    // between two events: the host's launch is in it
};

// Whose kernels? Libraries change: GEMMs of 2023 are 10 to 20 % slower on the same board than those
// of 2026, and norms of an eager framework take seven times as long as fused ones.
enum class Generation {
  kCurrent,  // vLLM 0.14 and later, and what agrees with it
  k2023,     // Vidur: torch 2.0, fused norms and rotary positions of vLLM 0.1
  kEager     // the first LLMServingSim: layers of an eager framework
};
std::string_view name_of(Generation generation);  // "current", "2023", "eager"

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
  Generation generation = Generation::kCurrent;
  std::string excluded;      // why no fit and no error counts it; "" when it counts
  bool l2_resident = false;  // its operands stayed in the L2 between repetitions
};

struct GemmMeasurement {
  Provenance from;
  std::string type;  // of the arithmetic: "bf16", "fp8", "fp8_block" (scales of 128 x 128), "nvfp4"
  GemmShape shape;
  GemmResidency residency;
  double seconds = 0;
  // The source repeats from the host and shows no time below this: a fact of the file. A prediction
  // below it is compared as if it were it.
  double floor_s = 0;
};

struct ElementwiseMeasurement {
  Provenance from;
  ElementwiseShape shape;
  double seconds = 0;
};

}  // namespace headroom
