#include "hwmodels/kernels/gemm_model.hpp"

#include <algorithm>
#include <cmath>

#include "sim/base/check.hpp"

namespace headroom {

const ParamField<GemmParams> GemmParams::kFields[15] = {
    {"e_c", "1", 0.2, 1.1, &GemmParams::e_c},
    {"e_m", "1", 0.3, 1.0, &GemmParams::e_m},
    {"t0_us", "us", 0.5, 12, &GemmParams::t0_us},
    {"k0", "columns", 0, 2500, &GemmParams::k0},
    {"beta", "1", 0, 1, &GemmParams::beta},
    {"gamma", "1", 0, 1, &GemmParams::gamma},
    {"kappa", "1", 0.6, 4, &GemmParams::kappa},
    {"row_ns", "ns", 0, 10, &GemmParams::row_ns},
    {"step_ns", "ns", 0, 6, &GemmParams::step_ns},
    {"split_us", "us", 0, 200, &GemmParams::split_us},
    {"quant", "1", 0.5, 10, &GemmParams::quant},
    {"small_rows", "rows", 16, 256, &GemmParams::small_rows, true},
    {"large_rows", "rows", 16, 256, &GemmParams::large_rows, true},
    {"columns", "columns", 16, 256, &GemmParams::columns, true},
    {"row_pad", "rows", 16, 256, &GemmParams::row_pad, true}};

namespace {

constexpr double kSmallRows = 128;    // up to here the small tile
constexpr double kFragmentRows = 16;  // of one matrix instruction
constexpr double kFragmentColumns = 32;
constexpr double kOutputBytes = 2;       // outputs leave in 16 bits
constexpr double kResidentShare = 0.35;  // of the L2 that a kernel's input can count on

double padded(double value, double to) { return to * std::ceil(value / to); }

struct Rows {
  double computed;  // M~
  double tiles;
};

Rows rows_of(const GemmShape& shape, const GemmParams& tiles) {
  if (shape.m <= tiles.small_rows && bytes_per_element(shape.compute) >= 2)
    return {padded(shape.m, kFragmentRows), 1};
  if (shape.m <= kSmallRows) {
    const double rows = padded(shape.m, tiles.small_rows);
    return {rows, rows / tiles.small_rows};
  }
  const double rows = padded(shape.m, tiles.row_pad);
  return {rows, rows / tiles.large_rows};
}

struct Columns {
  double computed;  // N~
  double tiles;
};

// Narrower tiles exist for few columns in 16 bits, not in the kernels for narrower types.
Columns columns_of(const GemmShape& shape, const GemmParams& params) {
  if (shape.n <= params.columns && bytes_per_element(shape.compute) >= 2)
    return {std::min(padded(shape.n, kFragmentColumns), params.columns), 1};
  const double columns = padded(shape.n, params.columns);
  return {columns, columns / params.columns};
}

// What uneven waves cost: 1 when every SM has the same work.
double wave_factor(double waves, const GemmParams& params) {
  return waves < 1 ? std::pow(waves, -params.beta)
                   : std::pow(std::ceil(waves) / waves, params.gamma);
}

}  // namespace

double gemm_seconds(const GemmShape& shape, const GpuSpec& gpu, const GemmParams& params,
                    const GemmResidency& residency) {
  const double peak = peak_rate(gpu, shape.compute).value;
  const double bandwidth = gpu.hbm_bandwidth.value;
  HEADROOM_CHECK(shape.m > 0 && shape.n > 0 && shape.k > 0 && peak > 0, "a matrix and a rate");
  const double weight = bytes_per_element(shape.weights);
  const double input = bytes_per_element(shape.compute);

  const Rows rows = rows_of(shape, params);
  const Columns columns = columns_of(shape, params);
  const double waves = rows.tiles * columns.tiles / static_cast<double>(gpu.sm_count);
  const double compute = 2 * rows.computed * columns.computed * (shape.k + params.k0) *
                         wave_factor(waves, params) / (params.e_c * peak);

  const double cold = params.e_m * bandwidth;
  const double warm = std::max(params.kappa, params.e_m) * bandwidth;
  // Seconds per byte of an activation: what fits is in the L2, left by the kernel before or for the
  // one after.
  const auto seconds_per_byte = [&](double bytes) {
    const double hot =
        gpu.l2.value > 0 ? std::clamp(2 - bytes / (kResidentShare * gpu.l2.value), 0.0, 1.0) : 0.0;
    return hot / warm + (1 - hot) / cold;
  };
  const double a_elements = shape.m * shape.k;
  const double a_seconds_per_byte = seconds_per_byte(kOutputBytes * a_elements);
  const double w_bytes = weight * shape.n * shape.k;
  const double c_bytes = kOutputBytes * shape.m * shape.n;
  const double memory =
      (1 - residency.weights) * w_bytes / cold + residency.weights * w_bytes / warm +
      input * a_elements * a_seconds_per_byte + c_bytes * seconds_per_byte(c_bytes);

  // Reads 16-bit inputs, writes narrow ones; rows and bytes overlap in part.
  const double quantising =
      input < 2 ? std::hypot(params.row_ns * 1e-9 * shape.m, params.quant * (kOutputBytes + input) *
                                                                 a_elements * a_seconds_per_byte)
                : 0;
  const double whole = params.step_ns * 1e-9 * shape.k;
  const double chain = std::min(whole, params.split_us * 1e-6 + whole * std::min(waves, 1.0));
  const double together =
      std::cbrt(compute * compute * compute + memory * memory * memory + chain * chain * chain);
  const double roof = 2 * shape.m * shape.n * shape.k / peak;
  return std::max(params.t0_us * 1e-6 + quantising + together, roof);
}

}  // namespace headroom
