// policies/execution/system_traits.hpp -- what tells the execution systems apart before they run:
// the keys each reads, its defaults, and what it keeps on the GPU.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "policies/execution/execution_config.hpp"

namespace headroom {

// What stays on the GPU whatever the placement says.
enum class Resident { kNothing, kAllButMlp, kAllButExperts };

struct SystemTraits {
  std::string_view name;
  std::string_view summary;    // what it moves, in a line
  std::string_view source;     // who describes it
  std::string_view scheduler;  // the default of serving.scheduler
  // Defaults of the placement and, where the system has no such key, its only value.
  Placement placement{};
  Device attention = Device::kGpu;
  Resident resident = Resident::kNothing;
  // With `overlap` attention and MLP are fetched each while the other computes: buffers hold one
  // layer in all, not two.
  bool fetches_halves = false;
  // Two layers of what is streamed stand in pinned DRAM as well.
  bool pinned_pages = false;
  // The token budget of a pass is the GPU's saturation point by default.
  bool saturates_gpu = false;

  // Keys of `system:` besides name, layer_overhead, efficiency and kv_cache.
  // placement.weights: of what is not resident.
  bool places_weights = false, places_kv_cache = false, places_activations = false;
  bool uses_ssd = false;  // as a tier of a placement
  bool has_micro_batches = false;
  bool needs_micro_batches = false;  // others do without: a pass is then not cut
  bool chooses_attention = false;
  bool has_overlap = false;
  bool has_padded = false;
  bool has_packet = false;
  bool has_weight_type = false;
  bool has_kv_type = false;
  bool has_experts = false;
};

std::span<const SystemTraits> system_traits();
const SystemTraits* find_system_traits(std::string_view name);  // nullptr: unknown
// The keys of `system:` it reads, besides name and those that all of them have.
std::string keys_of(const SystemTraits& system);

}  // namespace headroom
