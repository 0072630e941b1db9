// sim/sweep/point_product.hpp -- the product of axes, less what constraints exclude, or a random
// part of it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/config/diagnostics.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

struct SampleRequest {
  std::int64_t points = 0;
  std::uint64_t seed = 1;
  SourcePosition where;
};

struct ProductInput {
  const std::vector<Axis>& axes;
  const std::vector<Constraint>& constraints;
  const Node& base;  // document: what a variant does not set
  std::int64_t seeds = 1;
  std::int64_t first_seed = 1;
  std::optional<SampleRequest> sample;
};
struct Product {
  std::vector<SweepPoint> points;
  std::int64_t excluded = 0;  // combinations of axis values, not counting seeds
};

// A sample holds distinct combinations, in the order of the product, each with all seeds; a product
// that is not larger than the sample is taken whole. Products of more than 10 million combinations
// are sampled by drawing. Reports what a constraint cannot be computed from, too many points, and
// no point at all.
Product make_product(const ProductInput& input, Diagnostics& diagnostics);

// A number, a quantity in base units, or the text itself.
ExpressionValue expression_value(std::string_view text);

}  // namespace headroom
