// hwmodels/kernels/elementwise_model.hpp -- norms, rotary positions, activations, sums and
// embedding rows on a GPU: a launch and bytes.
//
//   t = t_k + Q / (e B),  Q: bytes read and written
//
// A kernel whose data fits into the L2 finds its input there and leaves its output there: then part
// of the bytes moves at kappa e B (hot). The implementation of the kernel, not the GPU, decides e
// and t_k: an un-fused one of 2023 and one of a recent engine differ more than two boards do.
#pragma once

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/kernels/param_field.hpp"

namespace headroom {

enum class ElementwiseKind { kNorm, kAddNorm, kRope, kActivation, kAdd, kEmbed };
inline constexpr int kElementwiseKinds = 6;
std::string_view name_of(ElementwiseKind kind);  // "norm", "add_norm", "rope", ...

struct ElementwiseShape {
  ElementwiseKind kind = ElementwiseKind::kNorm;
  double bytes = 0;  // read and written
};

struct ElementwiseParams {
  double t_us = 2.5;   // launch to end of an empty kernel
  double e = 0.6;      // fraction of the data sheet's memory bandwidth
  double kappa = 1.5;  // bandwidth when all of the data is in the L2, over that of memory

  static const ParamField<ElementwiseParams> kFields[3];
};

// Seconds. Pre: bytes >= 0, the GPU has a memory bandwidth. Monotone in bytes.
double elementwise_seconds(const ElementwiseShape& shape, const GpuSpec& gpu,
                           const ElementwiseParams& params);

}  // namespace headroom
