#include "analysis/limits/sockets_in_use.hpp"

#include <algorithm>
#include <vector>

#include "analysis/limits/unavoidable_traffic.hpp"
#include "hwmodels/memory/node_topology.hpp"

namespace headroom {

SocketsInUse::SocketsInUse(const OffloadLimitsInput& input) : sockets_(input.node.sockets) {
  const NodeTopology topology(input.node);
  std::vector<std::int64_t> ranks(sockets_.size());
  std::size_t last = 0;
  for (std::int64_t rank = 0; rank < input.serving.model.parallelism().tensor; ++rank) {
    last = static_cast<std::size_t>(topology.socket_of(rank));
    ++ranks[last];
  }
  ranks_of_a_switch_ =
      std::min(*std::max_element(ranks.begin(), ranks.end()), input.node.pcie.gpus_per_switch);
  if (!cpu_has_experts(input.system)) sockets_ = sockets_.first(last + 1);
}

BytesPerSecond SocketsInUse::dram_bandwidth() const {
  BytesPerSecond sum{0};
  for (const auto& socket : sockets_) sum += socket.dram_bandwidth;
  return sum;
}

BytesPerSecond SocketsInUse::cpu_bandwidth() const {
  BytesPerSecond sum{0};
  for (const auto& socket : sockets_) sum += socket.cpu_dram_bandwidth;
  return sum;
}

FlopsPerSecond SocketsInUse::flops(DataType type) const {
  FlopsPerSecond sum{0};
  for (const auto& socket : sockets_) sum += socket.peak_rate(type);
  return sum;
}

}  // namespace headroom
