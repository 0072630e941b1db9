#include "sim/app/human_number.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>

namespace headroom {
namespace {

std::string printed(const char* format, double value) {
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, value);
  return buffer.data();
}

struct Unit {
  double size;
  const char* name;
};

// Four significant digits in the largest unit that keeps the number at 1 or more.
template <std::size_t N>
std::string scaled(double value, const std::array<Unit, N>& units) {
  const Unit* unit = &units.back();
  for (const auto& candidate : units)
    if (std::abs(value) >= candidate.size) {
      unit = &candidate;
      break;
    }
  return printed("%.4g", value / unit->size) + ' ' + unit->name;
}

}  // namespace

std::string human_time(double seconds) {
  static constexpr std::array<Unit, 6> kUnits{
      {{86400, "days"}, {3600, "h"}, {1, "s"}, {1e-3, "ms"}, {1e-6, "us"}, {1e-9, "ns"}}};
  if (seconds == 0) return "0 s";
  return scaled(seconds, kUnits);
}

std::string human_bytes(double bytes) {
  static constexpr std::array<Unit, 5> kUnits{
      {{0x1p40, "TiB"}, {0x1p30, "GiB"}, {0x1p20, "MiB"}, {0x1p10, "KiB"}, {1, "B"}}};
  return scaled(bytes, kUnits);
}

std::string human_count(std::int64_t count) {
  std::string digits = std::to_string(count);
  const std::ptrdiff_t first = count < 0 ? 1 : 0;
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > first; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

std::string human_number(double value) {
  const double magnitude = std::abs(value);
  if (magnitude >= 1000 && magnitude < 1e12) return human_count(std::llround(value));
  return printed("%.4g", value);
}

std::string human_with_unit(double value, const std::string& unit) {
  static constexpr std::array<Unit, 5> kBandwidths{
      {{1e12, "TB/s"}, {1e9, "GB/s"}, {1e6, "MB/s"}, {1e3, "kB/s"}, {1, "B/s"}}};
  static constexpr std::array<Unit, 4> kFlops{
      {{1e12, "TFLOP/s"}, {1e9, "GFLOP/s"}, {1e6, "MFLOP/s"}, {1, "FLOP/s"}}};
  if (unit == "s") return human_time(value);
  if (unit == "B" || unit == "bytes") return human_bytes(value);
  if (unit == "B/s") return scaled(value, kBandwidths);
  if (unit == "FLOP/s") return scaled(value, kFlops);
  return human_number(value) + (unit.empty() ? "" : ' ' + unit);
}

std::string human_percent(double fraction) { return printed("%.1f %%", 100 * fraction); }

}  // namespace headroom
