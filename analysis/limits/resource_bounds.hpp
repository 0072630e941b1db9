// analysis/limits/resource_bounds.hpp -- how long each resource of a node is busy with what a
// workload cannot avoid on an offload system. Seconds are work / capacity; where private links are
// asked for (NodeSpec::shared_links off) the users of a link do not add up.
//
// Resources: gpu_compute, hbm, pcie_h2d, pcie_d2h, pcie_uplink (towards the GPUs of a switch),
// dram, cpu_compute (attention or experts), cpu_memory (what the cores draw), ssd_read, ssd_write.
// Those without work are left out.
#pragma once

#include <string>
#include <vector>

#include "analysis/limits/offload_limits.hpp"
#include "analysis/limits/unavoidable_traffic.hpp"
#include "hwmodels/compute/work_rates.hpp"

namespace headroom {

struct ResourceBound {
  std::string resource;
  double capacity = 0;  // of one GPU, switch or node
  std::string unit;     // of capacity: "B/s", "FLOP/s"
  double seconds = 0;
  std::string work;  // what is counted, for people
};

class ResourceBounds {
 public:
  // Pre: `input` and what it refers to, `work` and `rates` outlive this object.
  ResourceBounds(const OffloadLimitsInput& input, const WorkTotals& work, const WorkRates& rates);

  // For so many passes, summed over replicas. No time shrinks when `passes` grows.
  std::vector<ResourceBound> at(double passes) const;
  // The tightest of them; nothing has work: zero seconds of "gpu_compute".
  ResourceBound tightest(double passes) const;

 private:
  void add_links(const TrafficByPurpose& traffic, std::vector<ResourceBound>& out) const;
  void add_cpu(const TrafficByPurpose& traffic, std::vector<ResourceBound>& out) const;
  double gpu_compute_s() const;
  double hbm_s(double passes) const;

  const OffloadLimitsInput& input_;
  const WorkTotals& work_;
  const WorkRates& rates_;
  double ranks_ = 1, replicas_ = 1;
  double outside_kv_ = 0;  // share of the KV cache that is not in HBM
};

// No pass is shorter than what it does whatever the batch: on one replica.
double shortest_pass_s(const OffloadLimitsInput& input, const WorkRates& rates);

}  // namespace headroom
