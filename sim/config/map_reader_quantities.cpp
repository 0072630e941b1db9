// Reads of dimensional quantities and bare numbers.
#include <algorithm>

#include "sim/config/map_reader.hpp"
#include "sim/config/quote.hpp"

namespace headroom {
namespace {

// "must be at least 1", "must be more than 0 and at most 1".
std::string range_text(const RealRange& range, Dimension dimension) {
  std::string text = std::string("must be ") + (range.low_is_allowed ? "at least " : "more than ") +
                     format_quantity(range.low, dimension);
  if (range.high < std::numeric_limits<double>::max())
    text += " and at most " + format_quantity(range.high, dimension);
  return text;
}

bool in_range(double value, const RealRange& range) {
  return (range.low_is_allowed ? value >= range.low : value > range.low) && value <= range.high;
}

// A value that later checks can divide by: the fallback of a read that has failed.
double stand_in(const RealRange& range) {
  if (range.low_is_allowed && range.low > 0) return range.low;
  return std::min(range.low + 1, range.high);
}

}  // namespace

std::optional<double> MapReader::measured(std::string_view key, Dimension dimension,
                                          RealRange range, bool needed) {
  const Node* found = scalar(key, needed);
  if (found == nullptr) return std::nullopt;
  const auto parsed = parse_quantity(found->text, dimension);
  if (!parsed.value) {
    error(key, parsed.problem);
    return std::nullopt;
  }
  if (!in_range(*parsed.value, range)) {
    error(key, range_text(range, dimension) + ", got " + quote(found->text));
    return std::nullopt;
  }
  record(key, format_quantity(*parsed.value, dimension), origin(key));
  return parsed.value;
}

double MapReader::quantity(std::string_view key, Dimension dimension, RealRange range,
                           Default<double> fallback) {
  if (has(key)) return measured(key, dimension, range, false).value_or(fallback.value);
  require(key, false);
  record(key, format_quantity(fallback.value, dimension), fallback.origin);
  return fallback.value;
}

double MapReader::number(std::string_view key, RealRange range) {
  return measured(key, Dimension::kNone, range, true).value_or(stand_in(range));
}
double MapReader::number(std::string_view key, RealRange range, Default<double> fallback) {
  return quantity(key, Dimension::kNone, range, std::move(fallback));
}
std::optional<double> MapReader::optional_number(std::string_view key, RealRange range) {
  return measured(key, Dimension::kNone, range, false);
}

Seconds MapReader::seconds(std::string_view key, RealRange range) {
  return Seconds(measured(key, Dimension::kTime, range, true).value_or(stand_in(range)));
}
Seconds MapReader::seconds(std::string_view key, RealRange range, Default<Seconds> fallback) {
  return Seconds(quantity(key, Dimension::kTime, range, {fallback.value.value, fallback.origin}));
}
std::optional<Seconds> MapReader::optional_seconds(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kTime, range, false);
  return value ? std::optional(Seconds(*value)) : std::nullopt;
}

Bytes MapReader::bytes(std::string_view key, RealRange range) {
  return Bytes(measured(key, Dimension::kBytes, range, true).value_or(stand_in(range)));
}
Bytes MapReader::bytes(std::string_view key, RealRange range, Default<Bytes> fallback) {
  return Bytes(quantity(key, Dimension::kBytes, range, {fallback.value.value, fallback.origin}));
}
std::optional<Bytes> MapReader::optional_bytes(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kBytes, range, false);
  return value ? std::optional(Bytes(*value)) : std::nullopt;
}

BytesPerSecond MapReader::bandwidth(std::string_view key, RealRange range) {
  return BytesPerSecond(
      measured(key, Dimension::kBandwidth, range, true).value_or(stand_in(range)));
}
BytesPerSecond MapReader::bandwidth(std::string_view key, RealRange range,
                                    Default<BytesPerSecond> fallback) {
  return BytesPerSecond(
      quantity(key, Dimension::kBandwidth, range, {fallback.value.value, fallback.origin}));
}

FlopsPerSecond MapReader::flops_rate(std::string_view key, RealRange range) {
  return FlopsPerSecond(measured(key, Dimension::kFlops, range, true).value_or(stand_in(range)));
}
FlopsPerSecond MapReader::flops_rate(std::string_view key, RealRange range,
                                     Default<FlopsPerSecond> fallback) {
  return FlopsPerSecond(
      quantity(key, Dimension::kFlops, range, {fallback.value.value, fallback.origin}));
}

PerSecond MapReader::per_second(std::string_view key, RealRange range) {
  return PerSecond(measured(key, Dimension::kRate, range, true).value_or(stand_in(range)));
}
PerSecond MapReader::per_second(std::string_view key, RealRange range,
                                Default<PerSecond> fallback) {
  return PerSecond(quantity(key, Dimension::kRate, range, {fallback.value.value, fallback.origin}));
}
std::optional<PerSecond> MapReader::optional_per_second(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kRate, range, false);
  return value ? std::optional(PerSecond(*value)) : std::nullopt;
}

UsdPerHour MapReader::price(std::string_view key, RealRange range, Default<UsdPerHour> fallback) {
  return UsdPerHour(
      quantity(key, Dimension::kPrice, range, {fallback.value.value, fallback.origin}));
}
std::optional<UsdPerHour> MapReader::optional_price(std::string_view key, RealRange range) {
  const auto value = measured(key, Dimension::kPrice, range, false);
  return value ? std::optional(UsdPerHour(*value)) : std::nullopt;
}

}  // namespace headroom
