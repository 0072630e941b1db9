#include "analysis/explain/limit_agreement.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace headroom {

std::string bought_for(const std::string& limit_resource) {
  using Names = std::pair<std::string_view, std::string_view>;
  constexpr std::array<Names, 12> kNames{{{"compute", "gpu_flops"},
                                          {"gpu_compute", "gpu_flops"},
                                          {"hbm", "hbm_bandwidth"},
                                          {"pcie_h2d", "pcie_bandwidth"},
                                          {"pcie_d2h", "pcie_bandwidth"},
                                          {"pcie_uplink", "pcie_bandwidth"},
                                          {"dram", "dram_bandwidth"},
                                          {"cpu_memory", "dram_bandwidth"},
                                          {"cpu_compute", "cpu_flops"},
                                          {"ssd_read", "ssd_bandwidth"},
                                          {"ssd_write", "ssd_bandwidth"},
                                          {"nvlink", "nvlink_bandwidth"}}};
  for (const auto& [limit, resource] : kNames)
    if (limit_resource == limit) return std::string(resource);
  return "";
}

LimitComparison compare_with_limits(const Explanation& explanation) {
  LimitComparison result;
  result.limit_resource = explanation.base.metrics.binding_resource;
  result.attained_fraction = explanation.base.metrics.attained_fraction;
  for (const auto& effect : explanation.effects) {
    const auto found = elasticity(explanation.base, effect, "makespan_s");
    // Replicas are more of everything: no limit names them.
    if (!found || effect.resource == "replicas") continue;
    const double more = gain(*found, "makespan_s");
    if (more < kLeastElasticity || more <= result.makespan_gain) continue;
    result.makespan_gain = more;
    result.measured_resource = effect.resource;
  }
  if (result.attained_fraction < kBoundFraction) return result;
  if (result.limit_resource == "offered_load")
    result.agreement = Agreement::kOfferedLoad;
  else if (result.measured_resource == bought_for(result.limit_resource))
    result.agreement = Agreement::kAgree;
  else
    result.agreement = Agreement::kDisagree;
  return result;
}

}  // namespace headroom
