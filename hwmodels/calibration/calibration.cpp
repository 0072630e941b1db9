#include "hwmodels/calibration/calibration.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "hwmodels/calibration/embedded.hpp"

namespace headroom {

const KernelCalibration* Calibration::find(std::string_view kernel, std::string_view type,
                                           std::string_view generation) const {
  for (const auto& one : kernels)
    if (one.kernel == kernel && one.type == type && one.generation == generation) return &one;
  return nullptr;
}

std::vector<std::string> calibration_names() {
  std::vector<std::string> names;
  for (const auto& file : embedded_calibrations()) {
    const auto start = file.path.rfind('/') + 1;
    names.emplace_back(file.path.substr(start, file.path.rfind('.') - start));
  }
  std::sort(names.begin(), names.end());
  return names;
}

const Calibration* find_calibration(std::string_view gpu) {
  static std::map<std::string_view, Calibration> read;
  for (const auto& file : embedded_calibrations()) {
    if (file.path != "data/" + std::string(gpu) + ".yaml") continue;
    const auto found = read.find(file.path);
    if (found != read.end()) return &found->second;
    return &read.emplace(file.path, read_calibration(file.text, std::string(file.path)))
                .first->second;
  }
  return nullptr;
}

std::string die_of(const GpuSpec& gpu) {
  const auto blank = gpu.architecture.rfind(' ');
  return blank == std::string::npos ? gpu.architecture : gpu.architecture.substr(blank + 1);
}

double tflops_per_watt(const GpuSpec& gpu) {
  constexpr double kTera = 1e12;
  return gpu.bf16.value > 0 && gpu.tdp_w > 0 ? gpu.bf16.value / kTera / gpu.tdp_w : 1;
}

double calibrated_value(const CalibratedParam& param, const GpuSpec& gpu) {
  return param.slope == 0 ? param.value : param.value * std::pow(tflops_per_watt(gpu), param.slope);
}

}  // namespace headroom
