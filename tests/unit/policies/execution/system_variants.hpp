// tests/unit/policies/execution/system_variants.hpp -- configurations of every system, for what
// holds for all of them.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

#include "policies/execution/execution_config.hpp"
#include "policies/execution/system_traits.hpp"

namespace headroom::testing {

// A registered system with its own defaults, then with one thing of what it may vary varied.
inline std::vector<ExecutionConfig> system_variants(const std::string& name) {
  const SystemTraits* traits = find_system_traits(name);
  if (traits == nullptr) throw std::logic_error("no traits of system " + name);
  ExecutionConfig config;
  config.name = name;
  config.placement = traits->placement;
  config.attention = traits->attention;
  if (traits->has_micro_batches) {
    config.micro_batch_size = 4;
    config.num_micro_batches = 3;
  }
  if (traits->has_experts) {
    config.experts.cached_fraction = 0.5;
    config.experts.prefetch_recall = 0.8;
    config.experts.routing.kind = RoutingKind::kZipf;
  }
  std::vector<ExecutionConfig> all{config};
  const auto add = [&](bool can, auto change) {
    if (!can) return;
    all.push_back(config);
    change(all.back());
  };
  add(traits->has_overlap, [](auto& c) { c.overlap = false; });
  add(traits->chooses_attention, [](auto& c) { c.attention = Device::kCpu; });
  add(traits->has_weight_type, [](auto& c) { c.weight_transfer_type = DataType::kInt4; });
  add(traits->has_experts, [](auto& c) {
    c.experts.compute = Device::kCpu;
    c.experts.prefetch_recall = 0;
    c.experts.cache = CachePolicy::kStatic;
  });
  add(traits->uses_ssd && !traits->has_experts, [](auto& c) {
    c.placement.weights = {0, 0.5, 0.5};
  });
  return all;
}

}  // namespace headroom::testing
