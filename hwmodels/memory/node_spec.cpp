#include "hwmodels/memory/node_spec.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "sim/base/check.hpp"

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

BytesPerSecond drives_rate(BytesPerSecond bandwidth, PerSecond iops, Bytes request,
                           std::int64_t count) {
  const BytesPerSecond by_requests{iops.value * request.value};
  const BytesPerSecond one = by_requests.value > 0 ? std::min(bandwidth, by_requests) : bandwidth;
  return one * static_cast<double>(count);
}

}  // namespace

FlopsPerSecond SocketSpec::peak_rate(DataType type) const {
  const auto of = [this](DataType t) { return peak[static_cast<std::size_t>(t)]; };
  if (of(type).value > 0 || type == DataType::kFp32) return of(type);
  if (is_integer(type) && of(DataType::kInt8).value > 0) return of(DataType::kInt8);
  if (of(DataType::kBf16).value > 0) return of(DataType::kBf16);
  return of(DataType::kFp32);
}

BytesPerSecond SsdSpec::read_rate() const {
  return drives_rate(read_bandwidth, read_iops, request_size, count);
}

BytesPerSecond SsdSpec::write_rate() const {
  return drives_rate(write_bandwidth, write_iops, request_size, count);
}

BytesPerSecond pcie_raw_bandwidth(std::int64_t generation, std::int64_t lanes) {
  struct Generation {
    double transfers_per_second, coding;
  };
  // 8 of 10 bits are data in generations 1 and 2, 128 of 130 in 3 to 5; flits of 256 bytes
  // carry 242 beside their check and correction codes in 6.
  constexpr std::array<Generation, 6> kGenerations{{{2.5e9, 8.0 / 10},
                                                    {5e9, 8.0 / 10},
                                                    {8e9, 128.0 / 130},
                                                    {16e9, 128.0 / 130},
                                                    {32e9, 128.0 / 130},
                                                    {64e9, 242.0 / 256}}};
  HEADROOM_CHECK(generation >= 1 && generation <= std::ssize(kGenerations),
                 "a PCIe generation is 1 to 6, not ", generation);
  const Generation& g = kGenerations[static_cast<std::size_t>(generation - 1)];
  return BytesPerSecond{g.transfers_per_second / 8 * g.coding * static_cast<double>(lanes)};
}

}  // namespace headroom
