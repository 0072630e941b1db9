#include "hwmodels/memory/node_spec.hpp"

#include <cmath>

namespace headroom {

FlopsPerSecond SocketSpec::peak_rate(DataType type) const {
  const FlopsPerSecond rate = peak[static_cast<std::size_t>(type)];
  return rate.value > 0 ? rate : peak[static_cast<std::size_t>(DataType::kFp32)];
}

// PCI Express base specification: 8 GT/s per lane in generation 3 with 128b/130b coding, doubling
// with each generation.
BytesPerSecond pcie_raw_bandwidth(std::int64_t generation, std::int64_t lanes) {
  constexpr double kGen3Lane = 8e9 / 8 * 128 / 130;
  return BytesPerSecond{kGen3Lane * std::exp2(static_cast<double>(generation - 3)) *
                        static_cast<double>(lanes)};
}

}  // namespace headroom
