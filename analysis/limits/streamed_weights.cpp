#include "analysis/limits/streamed_weights.hpp"

#include <algorithm>
#include <cmath>

#include "policies/execution/system_traits.hpp"
#include "policies/execution/weight_parts.hpp"
#include "sim/base/check.hpp"
#include "sim/transformer/layer_parameters.hpp"

namespace headroom {
namespace {

constexpr double kBitsPerByte = 8;

Resident resident_of(const ExecutionConfig& system) {
  const SystemTraits* traits = find_system_traits(system.name);
  HEADROOM_CHECK(traits != nullptr, "a scenario names a known system, got ", system.name);
  return traits->resident;
}

// Distinct experts of all layers that a pass of one token touches and no cache of this size has.
double least_misses(const MixtureOfExperts& moe, double layers, double cached_fraction) {
  const double cached = std::floor(cached_fraction * static_cast<double>(moe.num_experts) * layers);
  return std::max(0.0, static_cast<double>(moe.num_experts_per_tok) * layers - cached);
}

}  // namespace

bool chooses_experts(const ExecutionConfig& system) {
  return resident_of(system) == Resident::kAllButExperts;
}

double stored_share(const LoweredModel& model, const ExecutionConfig& system) {
  return std::min(1.0, bytes_per_element(system.weight_transfer_type) /
                           bytes_per_element(model.types().weights));
}

double narrowest_share(const LoweredModel& model, const ExecutionConfig& system) {
  const auto& bits = system.experts.expert_bits;
  if (bits.empty()) return stored_share(model, system);
  return std::min(1.0, *std::min_element(bits.begin(), bits.end()) / kBitsPerByte /
                           bytes_per_element(model.types().weights));
}

Bytes streamed_per_pass(const LoweredModel& model, const ExecutionConfig& system) {
  const double outside = 1 - system.placement.weights.gpu;
  const WeightParts stored = weight_parts(model, system.weight_transfer_type);
  switch (resident_of(system)) {
    case Resident::kNothing:
      return (stored.layers() + model.embedding_bytes() + model.lm_head_bytes()) * outside;
    case Resident::kAllButMlp:
      return (stored.mlp + stored.experts) * outside;
    case Resident::kAllButExperts:
      break;
  }
  if (!model.model().moe) return Bytes{0};
  const double misses =
      least_misses(*model.model().moe, static_cast<double>(moe_layers(model.model())),
                   system.experts.cached_fraction);
  return weight_parts(model, model.types().weights).one_expert *
         (misses * narrowest_share(model, system));
}

double ssd_share(const ExecutionConfig& system) {
  if (chooses_experts(system)) return system.experts.home == Tier::kSsd ? 1.0 : 0.0;
  const auto& weights = system.placement.weights;
  const double outside = weights.dram + weights.ssd;
  return outside > 0 ? weights.ssd / outside : 0.0;
}

}  // namespace headroom
