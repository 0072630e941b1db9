// analysis/limits/sockets_in_use.hpp -- sockets whose memory and cores a system works with: those
// of its GPUs; for experts on the CPU, all.
#pragma once

#include <span>

#include "analysis/limits/offload_limits.hpp"

namespace headroom {

class SocketsInUse {
 public:
  explicit SocketsInUse(const OffloadLimitsInput& input);
  BytesPerSecond dram_bandwidth() const;
  BytesPerSecond cpu_bandwidth() const;  // what their cores draw from it
  FlopsPerSecond flops(DataType type) const;
  // Ranks behind the fullest PCIe switch; switches belong to a socket.
  std::int64_t ranks_of_a_switch() const { return ranks_of_a_switch_; }

 private:
  std::span<const SocketSpec> sockets_;
  std::int64_t ranks_of_a_switch_ = 0;
};

}  // namespace headroom
