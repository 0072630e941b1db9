// workloads/models/layer_plan.hpp -- which layers are MoE and how far each attends, and the runs of
// equal layers.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/transformer/model_spec.hpp"
#include "workloads/models/config_keys.hpp"

namespace headroom {

struct LayerPlan {
  std::vector<bool> is_moe;
  std::vector<std::int64_t> window;  // 0: full attention

  explicit LayerPlan(std::int64_t layers)
      : is_moe(static_cast<std::size_t>(layers), false),
        window(static_cast<std::size_t>(layers), 0) {}
  std::int64_t size() const { return static_cast<std::int64_t>(window.size()); }
};

// `layer_types` when the file has it (reads `sliding_window`, `attention_chunk_size`), else
// `window` of layer i. Chunked attention (Llama 4) is taken as a window of the chunk size: it reads
// at most that, half of it on average.
template <class WindowOfLayer>
void plan_windows(ConfigKeys& keys, LayerPlan& plan, WindowOfLayer window_of_layer);
bool plan_layer_types(ConfigKeys& keys, LayerPlan& plan);

template <class WindowOfLayer>
void plan_windows(ConfigKeys& keys, LayerPlan& plan, WindowOfLayer window_of_layer) {
  if (plan_layer_types(keys, plan)) return;
  for (std::int64_t i = 0; i < plan.size(); ++i)
    plan.window[static_cast<std::size_t>(i)] = window_of_layer(i);
}

// `sliding_window`, 0 when absent or null.
std::int64_t sliding_window(ConfigKeys& keys);

// Runs of equal layers, in order. A window that covers `max_position_embeddings` is full attention.
std::vector<LayerGroup> layer_groups(const LayerPlan& plan, std::int64_t max_position_embeddings);

}  // namespace headroom
