#include "analysis/limits/sockets_in_use.hpp"

#include "analysis/limits/streamed_weights.hpp"
#include "hwmodels/memory/node_topology.hpp"

namespace headroom {

SocketsInUse::SocketsInUse(const OffloadLimitsInput& input) : sockets_(input.node.sockets) {
  if (chooses_experts(input.system)) return;
  const std::int64_t last_rank = input.serving.model.parallelism().tensor - 1;
  const std::int64_t last = NodeTopology(input.node).socket_of(last_rank);
  sockets_ = sockets_.first(static_cast<std::size_t>(last) + 1);
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
