// analysis/calibrate/kernel_traits.hpp -- what fitting has to know of a kernel class, per sort of
// measurement. A class is added by specialising KernelTraits for its measurement; the rest is the
// same for all.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "hwmodels/measured/measurement.hpp"

namespace headroom {

// A coordinate of a measured shape: ranges of validity are made of them.
struct Coordinate {
  std::string_view axis;
  double value;
};

template <class Measurement>
struct KernelTraits;

template <>
struct KernelTraits<GemmMeasurement> {
  using Params = GemmParams;
  static std::string kernel(const GemmMeasurement&) { return "gemm"; }
  static std::string type(const GemmMeasurement& one) { return one.type; }
  // Errors are counted apart for few tokens (memory and latency) and many (arithmetic).
  static constexpr std::array<std::string_view, 2> kBands{"< 64 tokens", ">= 64 tokens"};
  static int band(const GemmMeasurement& one) { return one.shape.m < 64 ? 0 : 1; }
  static double seconds(const GemmMeasurement& one, const GpuSpec& gpu, const Params& params) {
    return std::max(one.floor_s, gemm_seconds(one.shape, gpu, params, one.residency));
  }
  // Fitted for each board; the others are common to the boards of an architecture.
  static bool is_local(std::string_view field) { return field == "e_c" || field == "e_m"; }
  static bool is_fitted(const std::string& type, std::string_view field) {
    const bool quantises = type != "bf16";
    if (field == "row_ns" || field == "quant") return quantises;
    // Tables that show the host's time below 50 us and more say nothing of small kernels.
    if (type == "fp8_block" && (field == "t0_us" || field == "step_ns")) return false;
    // The libraries' kernels for narrow types do not split K.
    return field != "split_us" || !quantises;
  }
  // What an unmeasured board's value follows from the board's TFLOPS per watt.
  static bool has_slope(std::string_view field) { return field == "e_c"; }
  // Where a fit starts: one point per menu of tiles.
  static std::vector<Params> starts(const std::string& type);
  static std::vector<Coordinate> position(const GemmMeasurement& one) {
    return {{"m", one.shape.m}, {"n", one.shape.n}, {"k", one.shape.k}};
  }
  static double sweep(const GemmMeasurement& one) { return one.shape.n; }  // left out by value
};

template <>
struct KernelTraits<ElementwiseMeasurement> {
  using Params = ElementwiseParams;
  static std::string kernel(const ElementwiseMeasurement& one) {
    return "elementwise/" + std::string(name_of(one.shape.kind));
  }
  static std::string type(const ElementwiseMeasurement&) { return "bf16"; }
  static constexpr std::array<std::string_view, 1> kBands{"all"};
  static int band(const ElementwiseMeasurement&) { return 0; }
  static double seconds(const ElementwiseMeasurement& one, const GpuSpec& gpu,
                        const Params& params) {
    return elementwise_seconds(one.shape, gpu, params);
  }
  static bool is_local(std::string_view) { return true; }
  static bool is_fitted(const std::string&, std::string_view) { return true; }
  static bool has_slope(std::string_view) { return false; }
  static std::vector<Params> starts(const std::string&) { return {Params{}}; }
  static std::vector<Coordinate> position(const ElementwiseMeasurement& one) {
    return {{"bytes", one.shape.bytes}};
  }
  static double sweep(const ElementwiseMeasurement& one) { return one.shape.bytes; }
};

}  // namespace headroom
