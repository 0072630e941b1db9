#include "sim/config/quantity.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

namespace headroom {
namespace {

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKi = 1024.0, kMi = kKi * kKi, kGi = kMi * kKi, kTi = kGi * kKi;

constexpr std::array kTimeUnits{Unit{"s", 1},     Unit{"ms", 1e-3}, Unit{"us", 1e-6},
                                Unit{"ns", 1e-9}, Unit{"min", 60},  Unit{"h", 3600}};
constexpr std::array kByteUnits{Unit{"B", 1},     Unit{"kB", 1e3},  Unit{"KB", 1e3},
                                Unit{"MB", 1e6},  Unit{"GB", 1e9},  Unit{"TB", 1e12},
                                Unit{"PB", 1e15}, Unit{"KiB", kKi}, Unit{"MiB", kMi},
                                Unit{"GiB", kGi}, Unit{"TiB", kTi}};
constexpr std::array kBandwidthUnits{
    Unit{"B/s", 1},         Unit{"kB/s", 1e3},  Unit{"KB/s", 1e3},  Unit{"MB/s", 1e6},
    Unit{"GB/s", 1e9},      Unit{"TB/s", 1e12}, Unit{"PB/s", 1e15}, Unit{"KiB/s", kKi},
    Unit{"MiB/s", kMi},     Unit{"GiB/s", kGi}, Unit{"TiB/s", kTi}, Unit{"Mbit/s", 1e6 / 8},
    Unit{"Gbit/s", 1e9 / 8}};
constexpr std::array kFlopsUnits{Unit{"FLOP/s", 1},     Unit{"FLOPS", 1},     Unit{"MFLOPS", 1e6},
                                 Unit{"GFLOPS", 1e9},   Unit{"TFLOPS", 1e12}, Unit{"PFLOPS", 1e15},
                                 Unit{"TOPS", 1e12},    Unit{"POPS", 1e15},   Unit{"GFLOP/s", 1e9},
                                 Unit{"TFLOP/s", 1e12}, Unit{"PFLOP/s", 1e15}};
constexpr std::array kRateUnits{Unit{"/s", 1}, Unit{"/min", 1.0 / 60}, Unit{"/h", 1.0 / 3600},
                                Unit{"req/s", 1}};
constexpr std::array kFrequencyUnits{Unit{"Hz", 1}, Unit{"MHz", 1e6}, Unit{"GHz", 1e9}};
constexpr std::array kPowerUnits{Unit{"W", 1}, Unit{"kW", 1e3}, Unit{"MW", 1e6}};
// One currency: prices in two cannot be compared.
constexpr std::array kPriceUnits{Unit{"USD/h", 1}};

struct DimensionInfo {
  std::span<const Unit> units;
  std::string_view example;
};

DimensionInfo info_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::kTime:
      return {kTimeUnits, "50 ms"};
    case Dimension::kBytes:
      return {kByteUnits, "80 GiB"};
    case Dimension::kBandwidth:
      return {kBandwidthUnits, "50 GB/s"};
    case Dimension::kFlops:
      return {kFlopsUnits, "989.4 TFLOPS"};
    case Dimension::kRate:
      return {kRateUnits, "4 /s"};
    case Dimension::kFrequency:
      return {kFrequencyUnits, "2.4 GHz"};
    case Dimension::kPower:
      return {kPowerUnits, "700 W"};
    case Dimension::kPrice:
      return {kPriceUnits, "2.5 USD/h"};
    case Dimension::kNone:
      break;
  }
  return {{}, "0.9"};
}

bool is_space(char c) { return c == ' ' || c == '\t'; }

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

ParsedQuantity problem(std::string text) { return {std::nullopt, std::move(text)}; }

std::string such_as(Dimension dimension) {
  return ", such as '" + std::string(info_of(dimension).example) + "'";
}

// The unit's factor, or the sentence that says why there is none.
ParsedQuantity factor_of(std::string_view unit, Dimension dimension) {
  const auto info = info_of(dimension);
  if (unit.empty()) {
    if (dimension == Dimension::kNone) return {1.0, ""};
    return problem("needs a unit" + such_as(dimension));
  }
  if (dimension == Dimension::kNone)
    return problem("is a bare number and takes no unit, got '" + std::string(unit) + "'");
  for (const auto& [name, factor] : info.units)
    if (name == unit) return {factor, ""};
  std::string valid;
  for (const auto& known : info.units)
    valid += (valid.empty() ? "" : ", ") + std::string(known.name);
  return problem("has the unknown unit '" + std::string(unit) + "'; valid units: " + valid);
}

// The exponent of a power of ten from 1e-9 to 1e15.
std::optional<int> power_of_ten(double factor) {
  constexpr int kLowest = -9;
  constexpr std::array kPowers{1e-9, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1,
                               1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,
                               1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  for (std::size_t i = 0; i < kPowers.size(); ++i)
    if (kPowers[i] == factor) return static_cast<int>(i) + kLowest;
  return std::nullopt;
}

// number x factor. For decimal prefixes the point is moved in the text, so that "2.039 TB/s" and
// "2039 GB/s", "50 ms" and "0.05 s" are the same double; multiplying would leave some a last bit
// apart.
double scale(std::string_view digits, double number, double factor) {
  const auto power = power_of_ten(factor);
  if (!power || number == 0) return number * factor;
  const auto mantissa = digits.substr(0, digits.find_first_of("eE"));
  int exponent = 0;
  if (mantissa.size() < digits.size()) {
    auto text = digits.substr(mantissa.size() + 1);
    if (text.front() == '+') text.remove_prefix(1);
    std::from_chars(text.data(), text.data() + text.size(), exponent);
  }
  const std::string moved = std::string(mantissa) + 'e' + std::to_string(exponent + *power);
  double value =
      std::numeric_limits<double>::infinity();  // what is out of range is reported by the caller
  std::from_chars(moved.data(), moved.data() + moved.size(), value);
  return value;
}

std::string shortest(double value) {
  std::array<char, 64> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

// Without an exponent where that is readable: 300000 rather than 3e+05.
std::string readable(double value) {
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e15 || size < 1e-4)) return shortest(value);
  std::array<char, 64> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::fixed);
  return error == std::errc{} ? std::string(buffer.data(), end) : shortest(value);
}

// The prefixes that format_quantity may choose, largest first.
std::span<const Unit> canonical_units(Dimension dimension) {
  static constexpr std::array kTime{Unit{"s", 1}, Unit{"ms", 1e-3}, Unit{"us", 1e-6},
                                    Unit{"ns", 1e-9}};
  static constexpr std::array kBytes{Unit{"TB", 1e12}, Unit{"GB", 1e9}, Unit{"MB", 1e6},
                                     Unit{"kB", 1e3}, Unit{"B", 1}};
  static constexpr std::array kBandwidth{Unit{"TB/s", 1e12}, Unit{"GB/s", 1e9}, Unit{"MB/s", 1e6},
                                         Unit{"kB/s", 1e3}, Unit{"B/s", 1}};
  static constexpr std::array kFlops{Unit{"TFLOPS", 1e12}, Unit{"GFLOPS", 1e9}, Unit{"MFLOPS", 1e6},
                                     Unit{"FLOPS", 1}};
  static constexpr std::array kRate{Unit{"/s", 1}};
  static constexpr std::array kFrequency{Unit{"GHz", 1e9}, Unit{"MHz", 1e6}, Unit{"Hz", 1}};
  static constexpr std::array kPower{Unit{"W", 1}};
  static constexpr std::array kPrice{Unit{"USD/h", 1}};
  switch (dimension) {
    case Dimension::kTime:
      return kTime;
    case Dimension::kBytes:
      return kBytes;
    case Dimension::kBandwidth:
      return kBandwidth;
    case Dimension::kFlops:
      return kFlops;
    case Dimension::kRate:
      return kRate;
    case Dimension::kFrequency:
      return kFrequency;
    case Dimension::kPower:
      return kPower;
    case Dimension::kPrice:
      return kPrice;
    case Dimension::kNone:
      break;
  }
  return {};
}

const Unit& base_unit(Dimension dimension) {
  for (const auto& unit : canonical_units(dimension))
    if (unit.factor == 1) return unit;
  static constexpr Unit kBare{"", 1};
  return kBare;
}

// The shortest decimal in this unit that reads back as exactly `value`; 17 digits always suffice in
// the base unit.
std::string exact_in(const Unit& unit, double value, Dimension dimension) {
  const std::string text = readable(value / unit.factor) + ' ' + std::string(unit.name);
  const auto again = parse_quantity(text, dimension);
  return again.value == value && text.size() <= 24 ? text : "";
}

// In the first of `units` (largest first) that keeps the number at 1 or more and exact; "" when
// there is none.
std::string largest_exact(std::span<const Unit> units, double value, Dimension dimension) {
  if (value == 0) return "";
  for (const auto& unit : units) {
    if (std::abs(value) < unit.factor) continue;
    if (auto text = exact_in(unit, value, dimension); !text.empty()) return text;
  }
  return "";
}

}  // namespace

ParsedQuantity parse_quantity(std::string_view text, Dimension dimension) {
  text = trim(text);
  if (text.empty()) return problem("is empty; write a number" + such_as(dimension));
  std::string_view digits = text.front() == '+' ? text.substr(1) : text;
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  // from_chars takes "nan" and "inf" as numbers: both are refused below, words that merely start so
  // here.
  if (error == std::errc::invalid_argument || digits.front() == '+')
    return problem("is not a number: '" + std::string(text) + "'; write one" + such_as(dimension));
  if (error == std::errc::result_out_of_range)
    return problem("is out of range: '" + std::string(text) + "'");
  if (!std::isfinite(number))
    return problem("must be a finite number, got '" + std::string(text) + "'");
  const auto factor =
      factor_of(trim(digits.substr(static_cast<std::size_t>(end - digits.data()))), dimension);
  if (!factor.value) return factor;
  const double value =
      scale(digits.substr(0, static_cast<std::size_t>(end - digits.data())), number, *factor.value);
  if (!std::isfinite(value)) return problem("is out of range: '" + std::string(text) + "'");
  return {value + 0.0, ""};  // -0 becomes 0
}

std::optional<std::int64_t> parse_integer(std::string_view text) {
  std::string digits;
  char previous = '_';
  for (const char c : trim(text)) {
    // An underscore may stand between two digits; one that stays in makes the conversion fail.
    if (c != '_' || previous == '_') digits += c;
    previous = c;
  }
  if (previous == '_') return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::string format_quantity(double value, Dimension dimension) {
  if (dimension == Dimension::kNone) return readable(value);
  const std::string decimal = largest_exact(canonical_units(dimension), value, dimension);
  if (dimension == Dimension::kBytes) {
    static constexpr std::array kBinary{Unit{"TiB", kTi}, Unit{"GiB", kGi}, Unit{"MiB", kMi},
                                        Unit{"KiB", kKi}};
    const std::string binary = largest_exact(kBinary, value, dimension);
    if (!binary.empty() && binary.size() < decimal.size()) return binary;
  }
  return decimal.empty() ? readable(value) + ' ' + std::string(base_unit(dimension).name) : decimal;
}

}  // namespace headroom
