#include "hwmodels/memory/node_spec.hpp"

#include <cmath>

namespace headroom {

namespace {

bool is_integer(DataType type) {
  switch (type) {
    case DataType::kInt8:
    case DataType::kInt4:
    case DataType::kMxint8:
    case DataType::kMxint4:
    case DataType::kNvint4:
    case DataType::kQ4KM:
      return true;
    default:
      return false;
  }
}

}  // namespace

FlopsPerSecond SocketSpec::peak_rate(DataType type) const {
  const auto of = [this](DataType t) { return peak[static_cast<std::size_t>(t)]; };
  if (of(type).value > 0 || type == DataType::kFp32) return of(type);
  if (is_integer(type) && of(DataType::kInt8).value > 0) return of(DataType::kInt8);
  if (of(DataType::kBf16).value > 0) return of(DataType::kBf16);
  return of(DataType::kFp32);
}

// PCI Express base specification: 8 GT/s per lane in generation 3 with 128b/130b coding, doubling
// with each generation.
BytesPerSecond pcie_raw_bandwidth(std::int64_t generation, std::int64_t lanes) {
  constexpr double kGen3Lane = 8e9 / 8 * 128 / 130;
  return BytesPerSecond{kGen3Lane * std::exp2(static_cast<double>(generation - 3)) *
                        static_cast<double>(lanes)};
}

}  // namespace headroom
