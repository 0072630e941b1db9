#include "workloads/models/layer_plan.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kLongestWindow = 1'000'000'000;

std::int64_t window_of_type(ConfigKeys& keys, const Node& type) {
  if (type.text == "full_attention") return 0;
  const bool sliding = type.text == "sliding_attention";
  const char* size_key = sliding ? "sliding_window" : "attention_chunk_size";
  if (!sliding && type.text != "chunked_attention") {
    keys.error_at(type, keys.quoted("layer_types") + " has the value '" + type.text.substr(0, 80) +
                            "', which is not modelled; known: full_attention, sliding_attention, "
                            "chunked_attention");
    return 0;
  }
  return keys.count({size_key}, 1, kLongestWindow);
}

}  // namespace

std::int64_t sliding_window(ConfigKeys& keys) {
  return keys.optional_count({"sliding_window"}, 0, kLongestWindow).value_or(0);
}

bool plan_layer_types(ConfigKeys& keys, LayerPlan& plan) {
  const auto types = keys.optional_list("layer_types");
  if (!types) return false;
  if (static_cast<std::int64_t>(types->size()) != plan.size()) {
    keys.error("layer_types", "has " + std::to_string(types->size()) + " entries for " +
                                  std::to_string(plan.size()) + " layers");
    return true;
  }
  for (std::size_t i = 0; i < types->size(); ++i)
    plan.window[i] = window_of_type(keys, *(*types)[i]);
  return true;
}

std::vector<LayerGroup> layer_groups(const LayerPlan& plan, std::int64_t max_position_embeddings) {
  std::vector<LayerGroup> groups;
  for (std::size_t i = 0; i < plan.window.size(); ++i) {
    const bool covers_all = plan.window[i] >= max_position_embeddings;
    const TokenCount window(covers_all ? 0 : plan.window[i]);
    if (groups.empty() || groups.back().is_moe != plan.is_moe[i] ||
        groups.back().sliding_window != window)
      groups.push_back({0, plan.is_moe[i], window});
    ++groups.back().count;
  }
  return groups;
}

}  // namespace headroom
