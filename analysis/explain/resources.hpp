// analysis/explain/resources.hpp -- what could be bought more of for a scenario, each as the
// settings that scale it and nothing else.
//
//   hbm_bandwidth   of the GPU                  dram_bandwidth   of all sockets, the CPU's share
//   too gpu_flops       all its arithmetic rates    dram_capacity hbm_capacity    or, where the KV
//   memory     cpu_flops        all its arithmetic rates kv_memory       is given, that memory
//   ssd_bandwidth    both directions and IOPS replicas        whole ones ssd_capacity
//   pcie_bandwidth  links and uplinks           nvlink_bandwidth, cross_socket_bandwidth
//
// Those of a node exist only in a scenario with a `system`.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace headroom {

// A resource changed: by how much it really is (whole replicas), and the settings, as `--set` takes
// them, that change it.
struct ResourceChange {
  double factor = 1;
  std::vector<std::string> settings;
};

struct Resource {
  std::string name;
  std::string amount;  // as it is now, with its unit, to four digits or exact
  // Nothing when there is no such amount, as 1.1 of one replica.
  std::function<std::optional<ResourceChange>(double factor)> scaled;
};

std::vector<Resource> resources_of(const Scenario& scenario);

// Settings to run every change with, the unchanged scenario too: what the engine chose for the size
// of this GPU (max_num_seqs, max_num_batched_tokens) stays chosen, so that no threshold between ±10
// % speaks for a resource. What a system computes from the hardware (its token budget, its
// admission rate) is computed anew.
std::vector<std::string> pinned_settings(const Scenario& scenario);

}  // namespace headroom
