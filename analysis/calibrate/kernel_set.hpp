// analysis/calibrate/kernel_set.hpp -- fits a kernel class to all of its measurements of one number
// format and one generation of software, and says how good that is where it was not fitted.
//
// Boards of an architecture share what describes the library's kernels; what describes the board
// (KernelTraits::is_local) is its own. Three fits:
//   in-sample   on everything, per architecture
//   shape out   the same without a quarter of the shapes: every fourth value of a sweep, every
//   fourth
//               model; the errors are those of the quarter
//   die out     for boards nobody measured: one shape for all architectures, without a die; that
//               board's own numbers follow from those of the other boards
// Each (board, source, band) counts as much as any other, however many rows it has.
#pragma once

#include <string>
#include <vector>

#include "hwmodels/calibration/calibration.hpp"
#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/measured/measurement.hpp"

namespace headroom {

// One measured row beside what it was predicted to be. Ratios are predicted / measured; 0: no such
// prediction.
struct PredictedRow {
  const Provenance* from;
  std::string_view band;
  double seconds;
  bool at_floor = false;  // the host's time, not the kernel's
  double in_sample = 0, shape_out = 0, die_out = 0;
};

struct BoardFit {
  const GpuSpec* gpu;
  std::vector<CalibratedParam> params;
  std::vector<CalibratedRange> range;
};

struct SetFit {
  std::string kernel, type, generation;
  std::vector<BoardFit> boards;  // sorted by name
  std::vector<CalibratedParam> generic;
  std::vector<CalibratedRange> range;  // of all boards
  int free_parameters = 0;             // of the architecture that has most boards
  std::vector<PredictedRow> rows;      // excluded ones too, predicted as fitted on the others
};

struct SetOptions {
  bool left_out = true;  // the fits that only errors are taken from
  // Where fits start instead of at the menu of KernelTraits, and where shared numbers stay when
  // there are too few rows to find them (below kRowsForShape).
  const Calibration* prior = nullptr;
};
inline constexpr std::size_t kRowsForShape = 200;

// One fit per (class, type, generation) among the measurements, in the order of their names. Rows
// that are timed with their launch or that say why not are not fitted. Pre: every GPU is in the
// catalogue. The results point into `measurements`.
std::vector<SetFit> fit_all(const std::vector<GemmMeasurement>& measurements,
                            const SetOptions& options = {});
std::vector<SetFit> fit_all(const std::vector<ElementwiseMeasurement>& measurements,
                            const SetOptions& options = {});

}  // namespace headroom
