// policies/batching/builtin.cpp -- the registered batch policies: one line each.
#include <algorithm>
#include <utility>

#include "policies/batching/batch_policy.hpp"
#include "policies/batching/paced.hpp"
#include "policies/batching/static_batch.hpp"
#include "policies/batching/vllm.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

using Maker = std::unique_ptr<BatchPolicy> (*)(const ServingConfig&);

template <class Policy>
std::unique_ptr<BatchPolicy> make(const ServingConfig& config) {
  return std::make_unique<Policy>(config);
}

const std::vector<std::pair<std::string, Maker>>& registry() {
  static const std::vector<std::pair<std::string, Maker>> policies{
      {"vllm", make<VllmScheduler>},
      {"paced", make<PacedAdmission>},
      {"static_batch", make<StaticBatch>},
  };
  return policies;
}

}  // namespace

std::vector<std::string> batch_policy_names() {
  std::vector<std::string> names;
  for (const auto& [name, maker] : registry()) names.push_back(name);
  return names;
}

BatchPolicyFactory batch_policy_factory(const ServingConfig& config) {
  for (const auto& [name, maker] : registry())
    if (name == config.scheduler) return [config, maker = maker] { return maker(config); };
  std::string known;
  for (const auto& name : batch_policy_names()) known += (known.empty() ? "" : ", ") + name;
  throw UserError("unknown scheduler '" + config.scheduler + "'; known: " + known);
}

}  // namespace headroom
