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

double real(std::int64_t count) { return static_cast<double>(count); }

// That a cache for this fraction of all experts holds.
double experts_held(const ModelSpec& model, double fraction) {
  constexpr double kRounding = 1e-9;  // as the cache counts: 0.3 of 10 experts is 3
  return std::floor(fraction * real(model.moe->num_experts * moe_layers(model)) + kRounding);
}

// Distinct experts of all layers that a pass of one token touches and no cache of this size has.
double least_misses(const ModelSpec& model, double held) {
  return std::max(0.0, real(model.moe->num_experts_per_tok * moe_layers(model)) - held);
}

Bytes narrowest_expert(const LoweredModel& model, const ExecutionConfig& system) {
  return weight_parts(model, model.types().weights).one_expert * narrowest_share(model, system);
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
  return narrowest_expert(model, system) * least_misses_of_token(model, system);
}

Bytes ssd_per_pass(const LoweredModel& model, const ExecutionConfig& system) {
  const TierFractions& weights = system.placement.weights;
  if (!chooses_experts(system)) {
    const double outside = weights.dram + weights.ssd;
    return streamed_per_pass(model, system) * (outside > 0 ? weights.ssd / outside : 0.0);
  }
  if (system.experts.home != Tier::kSsd || !model.model().moe) return Bytes{0};
  const double in_dram = weights.ssd > 0 ? experts_held(model.model(), weights.dram) : 0.0;
  const double in_hbm = experts_held(model.model(), system.experts.cached_fraction);
  return narrowest_expert(model, system) * least_misses(model.model(), in_hbm + in_dram);
}

double least_misses_of_token(const LoweredModel& model, const ExecutionConfig& system) {
  return least_misses(model.model(), experts_held(model.model(), system.experts.cached_fraction));
}

double least_layers_with_misses(const LoweredModel& model, const ExecutionConfig& system) {
  const ModelSpec& spec = model.model();
  const double covered = std::floor(experts_held(spec, system.experts.cached_fraction) /
                                    real(spec.moe->num_experts_per_tok));
  return std::max(0.0, real(moe_layers(spec)) - covered);
}

}  // namespace headroom
