#include "sim/sweep/value_range.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string_view>

namespace headroom {
namespace {

constexpr double kMostValues = 100'000;
constexpr double kLargestWhole = 9e15;  // every whole number up to it is a double

struct Measure {
  double number = 0;
  std::string unit;  // as written, "" for a bare number
  std::string text;
};

bool is_whole(double value) {
  return std::abs(value) < kLargestWhole && value == std::trunc(value);
}

std::optional<Measure> read_measure(MapReader& range, const char* key) {
  const Node* node = range.node(key);
  if (node == nullptr) {
    range.error(key, "is needed in a range");
    return std::nullopt;
  }
  Measure measure;
  const std::string_view text = node->text;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, measure.number);
  if (!node->is_scalar() || error != std::errc{} || !std::isfinite(measure.number)) {
    range.error(key, "must be a number, with its unit if it has one, such as 16 or '4 /s'");
    return std::nullopt;
  }
  const std::string_view unit = text.substr(static_cast<std::size_t>(rest - text.data()));
  const auto start = unit.find_first_not_of(" \t");
  if (start != std::string_view::npos) measure.unit = unit.substr(start);
  measure.text = text;
  return measure;
}

std::string spelled(double value, const std::string& unit, bool whole, const char* format) {
  std::array<char, 64> buffer{};
  if (whole) {
    std::snprintf(buffer.data(), buffer.size(), "%.0f", std::round(value));
  } else {
    std::snprintf(buffer.data(), buffer.size(), format, value);
  }
  return buffer.data() + (unit.empty() ? "" : ' ' + unit);
}

bool have_one_unit(MapReader& range, const char* key, const Measure& first, const Measure& other) {
  if (first.unit == other.unit) return true;
  range.error(key, "has the unit '" + other.unit + "' and 'from' has '" + first.unit +
                       "'; write both in the same one");
  return false;
}

}  // namespace

std::vector<std::string> linear_values(MapReader& range) {
  const auto from = read_measure(range, "from");
  const auto to = read_measure(range, "to");
  const auto step = read_measure(range, "step");
  range.finish();
  if (!from || !to || !step) return {};
  if (!have_one_unit(range, "to", *from, *to) || !have_one_unit(range, "step", *from, *step))
    return {};
  if (!(step->number > 0)) {
    range.error("step", "must be positive");
    return {};
  }
  // The last value may miss `to` by what the division rounds.
  const double steps = std::floor((to->number - from->number) / step->number + 1e-9);
  if (steps < 0) range.error("to", "must not be less than 'from'");
  if (steps >= kMostValues) range.error("step", "makes more than 100,000 values");
  if (steps < 0 || steps >= kMostValues) return {};
  const bool whole = is_whole(from->number) && is_whole(step->number);
  std::vector<std::string> values;
  for (int i = 0; i <= static_cast<int>(steps); ++i)
    values.push_back(spelled(from->number + i * step->number, from->unit, whole, "%.12g"));
  return values;
}

std::vector<std::string> logarithmic_values(MapReader& range) {
  const auto from = read_measure(range, "from");
  const auto to = read_measure(range, "to");
  const auto points = range.count("points", {.low = 2, .high = 100'000});
  range.finish();
  if (!from || !to || points < 2 || !have_one_unit(range, "to", *from, *to)) return {};
  if (!(from->number > 0 && from->number < to->number)) {
    range.error("from", "must be positive and less than 'to'");
    return {};
  }
  const bool whole = from->unit.empty() && is_whole(from->number) && is_whole(to->number);
  const double ratio = to->number / from->number;
  std::vector<std::string> values{from->text};
  for (std::int64_t i = 1; i < points; ++i) {
    const double exponent = static_cast<double>(i) / static_cast<double>(points - 1);
    const double value = from->number * std::pow(ratio, exponent);
    values.push_back(i == points - 1 ? to->text : spelled(value, from->unit, whole, "%.6g"));
    if (values[values.size() - 2] != values.back()) continue;
    range.error("points", "gives " + values.back() + " twice; take fewer");
    return {};
  }
  return values;
}

}  // namespace headroom
