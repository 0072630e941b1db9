// hwmodels/calibration/calibration.hpp -- the numbers that kernel models were fitted to have on one
// GPU, with what they were fitted on, how far off they are and where they hold. One YAML file per
// GPU, in data/, embedded in the binary; `headroom calibrate` writes them. "generic" is for a GPU
// without measurements: shapes shared by all boards, and rules that make the rest out of the data
// sheet.
//
// Nothing here knows the models: a kernel class is a name, its parameters are a list of names and
// numbers, and ParamField joins the two.
#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/kernels/param_field.hpp"
#include "sim/base/check.hpp"

namespace headroom {

// value * (dense 16-bit TFLOPS per watt of board power)^slope. Boards that promise more arithmetic
// per watt keep less of the promise.
struct CalibratedParam {
  std::string name;
  double value = 0;
  double slope = 0;  // only in "generic"
};

// How good the numbers are. Errors are |predicted / measured - 1|.
struct FitQuality {
  std::vector<std::string> data;                 // names of the sources
  std::string date;                              // when the form of the model was last changed
  std::int64_t rows = 0;                         // that the errors count
  double median_ape = 0, p90_ape = 0, bias = 0;  // bias: median of predicted / measured - 1
  std::optional<double> left_out_median_ape, left_out_p90_ape;    // shapes or models not fitted
  std::optional<double> other_die_median_ape, other_die_p90_ape;  // nothing of this die fitted
  // P10 and P90 of measured / predicted where it was left out: what a prediction is uncertain by.
  double residual_p10 = 1, residual_p90 = 1;
};

// Where there were measurements, per axis: "m", "n", "k", "bytes".
struct CalibratedRange {
  std::string axis;
  double low = 0, high = 0;
};

struct KernelCalibration {
  std::string kernel;      // the class: "gemm", "elementwise/norm", ...
  std::string type;        // "bf16", "fp8", "fp8_block", ...
  std::string generation;  // of the software: "current", "2023", "eager"
  std::vector<CalibratedParam> params;
  FitQuality fit;
  std::vector<CalibratedRange> range;
};

struct Calibration {
  std::string gpu;  // of the catalogue, or "generic"
  std::string die;  // its silicon: a GPU of the same die may use it; "" for "generic"
  std::vector<KernelCalibration> kernels;

  // nullptr: not calibrated.
  const KernelCalibration* find(std::string_view kernel, std::string_view type,
                                std::string_view generation = "current") const;
};

// Throws ConfigError with every problem at FILE:LINE:COLUMN.
Calibration read_calibration(std::string_view text, const std::string& shown_as);
// The same back, byte for byte. Numbers have six significant digits.
std::string calibration_yaml(const Calibration& calibration);

// Those that come with the program; the results live as long as it.
std::vector<std::string> calibration_names();  // sorted: "a100-80gb-sxm", ..., "generic", ...
const Calibration* find_calibration(std::string_view gpu);  // nullptr: none of this name

// The silicon of a GPU: "GH100" of "Hopper GH100".
std::string die_of(const GpuSpec& gpu);
// What CalibratedParam::slope is the power of. 1 when the data sheet lacks one of the two.
double tflops_per_watt(const GpuSpec& gpu);

// The parameters of a model as calibrated; those that the file does not name keep their defaults.
// UserError when the file names one the model lacks or a value out of the field's bounds.
template <class Params>
Params params_of(const KernelCalibration& calibration, const GpuSpec& gpu);

double calibrated_value(const CalibratedParam& param, const GpuSpec& gpu);

// ---- Implementation ----

template <class Params>
Params params_of(const KernelCalibration& calibration, const GpuSpec& gpu) {
  Params params;
  for (const auto& param : calibration.params) {
    bool is_known = false;
    for (const auto& field : Params::kFields) {
      if (field.name != param.name) continue;
      is_known = true;
      double value = calibrated_value(param, gpu);
      if (param.slope != 0) value = std::min(std::max(value, field.lower), field.upper);
      constexpr double kRounding = 1e-5;  // six digits in the file
      const double slack = kRounding * std::max(field.upper, -field.lower);
      if (value < field.lower - slack || value > field.upper + slack)
        throw UserError("error: calibration '" + calibration.kernel + "': '" + param.name +
                        "' is outside what the model allows");
      params.*field.member = value;
    }
    if (!is_known)
      throw UserError("error: calibration '" + calibration.kernel + "': the model has no '" +
                      param.name + "'");
  }
  return params;
}

}  // namespace headroom
