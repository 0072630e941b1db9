// policies/execution/weight_parts.hpp -- the weights of a model by what systems treat differently.
#pragma once

#include "sim/base/units.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

// On one rank, all layers; with dtype.weights for matrices the sum is LoweredModel::weight_bytes().
struct WeightParts {
  Bytes embeddings{0};  // token and position tables, LM head, norms outside the layers
  Bytes attention{0};   // of the layers: projections, norms, routers
  Bytes mlp{0};         // dense MLPs and shared experts
  Bytes experts{0};     // routed ones
  Bytes largest_layer{0};
  Bytes largest_mlp{0};   // of one layer, with its experts
  Bytes largest_half{0};  // the MLP of a layer with its experts, or the rest of it
  Bytes one_expert{0};    // 0 in a dense model
  Bytes layers() const { return attention + mlp + experts; }
};
// With matrices stored as `matrices`.
WeightParts weight_parts(const LoweredModel& model, DataType matrices);

}  // namespace headroom
