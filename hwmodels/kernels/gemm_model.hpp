// hwmodels/kernels/gemm_model.hpp -- the duration of C[M,N] = A[M,K] W[K,N] on a GPU: arithmetic on
// tiles that have to fill the SMs in waves, and memory traffic, as a power mean; both are fractions
// of the data sheet.
//
//   t   = t0 + t_q + (t_c^3 + t_m^3 + t_k^3)^(1/3)
//   t_c = 2 M~ N~ (K + K0) omega(x) / (e_c P),    x = tile rows * tile columns / SMs ("waves")
//   omega(x) = x^-beta for x < 1 (1: no split along K, 0: perfect), (ceil(x)/x)^gamma from 1 on
//   t_m = weights at e_m B, inputs and outputs that fit into the L2 at kappa B, others at e_m B
//   t_k = min(l K, s + l K min(x, 1)): K passes through a tile one step after another; the library
//         splits it as far as SMs are idle, and then the parts are summed up (s)
//   t_q = quantising A on the fly (fp8, fp4): c_r per row, and q times what a copy of A would take,
//         as the root of the sum of squares
//
// P and B are the data sheet's dense rate of the type and memory bandwidth. M~ is M padded to the
// tiles of the library's menu. Monotone in M, N and K for 0 <= beta, gamma <= 1, kappa >= e_m.
#pragma once

#include <cstdint>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/kernels/param_field.hpp"
#include "sim/transformer/data_type.hpp"

namespace headroom {

struct GemmShape {
  double m = 0, n = 0, k = 0;
  DataType weights = DataType::kBf16;
  DataType compute = DataType::kBf16;  // of both inputs; narrower than 16 bits: A is quantised
};

struct GemmParams {
  double e_c = 0.8, e_m = 0.82;  // fractions of the data sheet: arithmetic, memory
  double t0_us = 3.5;            // launch to end of an empty kernel
  double k0 = 95;                // filling and draining the pipeline, in columns of K
  double beta = 0.54, gamma = 0.55;
  double kappa = 1.6;   // bandwidth of the L2 over that of memory
  double row_ns = 0;    // c_r: per row quantised
  double step_ns = 1;   // l: per column of K
  double split_us = 3;  // s
  double quant = 1.5;   // q: a quantiser is slower than a copy
  // Tiles that the vendor's library chooses from, as far as times show: `small_rows` for M up to
  // 128, `large_rows` above, `columns` of N. Clusters pad M further (Hopper fp8: pairs of 128
  // rows).
  double small_rows = 64, large_rows = 64, columns = 64, row_pad = 64;

  static const ParamField<GemmParams> kFields[15];
};

// What the L2 holds when the kernel starts. A whole model's weights never fit: 0 in serving.
// Repeating a benchmark on the same matrices leaves a share of small ones there.
struct GemmResidency {
  double weights = 0;  // share of W
};

// Seconds. Not below the arithmetic of the shape at the data-sheet rate. Pre: m, n, k > 0, the GPU
// has a rate for the type.
double gemm_seconds(const GemmShape& shape, const GpuSpec& gpu, const GemmParams& params,
                    const GemmResidency& residency = {});

}  // namespace headroom
