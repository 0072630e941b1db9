// hwmodels/measured/layer_layouts.hpp -- tables that name the layers of a model: the parts of
// gemm_layouts.hpp that turn a layer's name into a shape.
#pragma once

#include "hwmodels/measured/gemm_layouts.hpp"

namespace headroom {

// Vidur and Frontier: a column per op, the shape of the model in columns of its own. Ranks share
// projections as tensor parallelism does. `head_dim` 0: hidden size / heads.
LayerMeasurements read_op_columns(const DataTable& table, const Provenance& from, double head_dim);

// LLMServingSim: a row per layer and number of tokens (or sequences).
LayerMeasurements read_layer_rows(const DataTable& table, const Provenance& from,
                                  const LayerShape& model, std::string_view layer,
                                  const std::vector<std::string>& counts, std::string_view time,
                                  double seconds_per_unit);

}  // namespace headroom
