// workloads/models/families.hpp -- how the config.json of each model family is read. A new family
// is one function and one line in a table.
#pragma once

#include <span>
#include <string_view>

#include "sim/transformer/model_spec.hpp"
#include "workloads/models/config_keys.hpp"
#include "workloads/models/layer_plan.hpp"

namespace headroom {

struct Family {
  std::string_view model_type;
  // Pre: spec has the common shape (layers, hidden size, heads, head_dim, vocabulary). Reads what
  // is particular.
  void (*read)(ConfigKeys& keys, ModelSpec& spec, LayerPlan& plan);
  bool tied_embeddings = false;    // when the file does not say
  std::int64_t max_positions = 0;  // when the file does not say; 0: it must
};

std::span<const Family> dense_families();
std::span<const Family> moe_families();

inline constexpr std::int64_t kLargestWidth = 10'000'000;
inline constexpr std::int64_t kLargestCount = 100'000;

}  // namespace headroom
