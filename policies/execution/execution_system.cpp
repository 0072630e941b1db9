// The registered execution systems: one line each.
#include "policies/execution/execution_system.hpp"

#include <utility>

#include "policies/execution/expert_offload.hpp"
#include "policies/execution/flexgen.hpp"
#include "policies/execution/layer_streaming.hpp"
#include "policies/execution/moe_lens.hpp"
#include "policies/execution/moe_lightning.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

using Maker = std::unique_ptr<ExecutionSystem> (*)(const ExecutionConfig&, const SystemContext&);

const std::vector<std::pair<std::string, Maker>>& registry() {
  static const std::vector<std::pair<std::string, Maker>> systems{
      {"layer_streaming", make_layer_streaming}, {"flexgen", make_flexgen},
      {"moe_lightning", make_moe_lightning},     {"moe_lens", make_moe_lens},
      {"expert_offload", make_expert_offload},
  };
  return systems;
}

}  // namespace

void SlotWork::clear() {
  ops.clear();
  bytes.clear();
  latency = Seconds{0};
  behind = Bytes{0};
}

void PassAmounts::reset(std::size_t kinds, std::size_t slots_of_a_kind) {
  slots_per_kind = slots_of_a_kind;
  layers.clear();
  if (slots.size() < kinds * slots_of_a_kind) slots.resize(kinds * slots_of_a_kind);
  for (auto& slot : slots) slot.clear();
}

std::vector<std::string> execution_system_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : registry()) names.push_back(name);
  return names;
}

std::unique_ptr<ExecutionSystem> make_execution_system(const ExecutionConfig& config,
                                                       const SystemContext& context) {
  for (const auto& [name, maker] : registry())
    if (name == config.name) return maker(config, context);
  throw UserError("unknown execution system '" + config.name + "'");
}

}  // namespace headroom
