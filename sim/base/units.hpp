// sim/base/units.hpp -- quantities as types: a token count is not a byte count is not a second.
// Continuous quantities hold a double, countable ones an int64. Only physical combinations compile;
// nothing converts implicitly. `.value` is the number in the unit the type is named after.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

namespace headroom {

template <class Tag, class Rep>
struct Quantity {
  Rep value{};

  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep v) : value(v) {}

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity o) {
    value += o.value;
    return *this;
  }
  constexpr Quantity& operator-=(Quantity o) {
    value -= o.value;
    return *this;
  }
  constexpr Quantity& operator++() {
    ++value;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) {
    return Quantity(a.value + b.value);
  }
  friend constexpr Quantity operator-(Quantity a, Quantity b) {
    return Quantity(a.value - b.value);
  }
  friend constexpr Quantity operator*(Quantity a, Rep k) { return Quantity(a.value * k); }
  friend constexpr Quantity operator*(Rep k, Quantity a) { return Quantity(k * a.value); }
  friend constexpr Quantity operator/(Quantity a, Rep k) { return Quantity(a.value / k); }
  // The ratio of two like quantities is a bare number.
  friend constexpr double operator/(Quantity a, Quantity b) {
    return static_cast<double>(a.value) / static_cast<double>(b.value);
  }
};

using Seconds = Quantity<struct SecondsTag, double>;
using Flops = Quantity<struct FlopsTag, double>;  // multiply and add count as two
using Bytes = Quantity<struct BytesTag, double>;
using FlopsPerSecond = Quantity<struct FlopsPerSecondTag, double>;
using BytesPerSecond = Quantity<struct BytesPerSecondTag, double>;
using PerSecond = Quantity<struct PerSecondTag, double>;  // an event rate
using UsdPerHour =
    Quantity<struct UsdPerHourTag, double>;  // what a machine costs while it is there

using TokenCount = Quantity<struct TokenCountTag, std::int64_t>;
using BlockCount = Quantity<struct BlockCountTag, std::int64_t>;  // KV blocks
using IterationCount = Quantity<struct IterationCountTag, std::int64_t>;

// Simulated time is integer nanoseconds, so that sums are exact and ties are real ties.
using Duration = Quantity<struct DurationTag, std::int64_t>;    // ns
using TimePoint = Quantity<struct TimePointTag, std::int64_t>;  // ns since the simulated origin

constexpr TimePoint operator+(TimePoint t, Duration d) { return TimePoint(t.value + d.value); }
// The difference of two dates, spelled out because a TimePoint is not a Duration.
constexpr Duration elapsed(TimePoint from, TimePoint to) { return Duration(to.value - from.value); }

constexpr Seconds operator/(Flops w, FlopsPerSecond r) { return Seconds(w.value / r.value); }
constexpr Seconds operator/(Bytes w, BytesPerSecond r) { return Seconds(w.value / r.value); }
constexpr Flops operator*(FlopsPerSecond r, Seconds t) { return Flops(r.value * t.value); }
constexpr Bytes operator*(BytesPerSecond r, Seconds t) { return Bytes(r.value * t.value); }

inline constexpr double kNanosecondsPerSecond = 1e9;

// Nearest nanosecond; the single place where continuous time becomes simulated time.
// Adding a half and truncating is inline, unlike llround; durations are not negative.
constexpr Duration to_duration(Seconds s) {
  return Duration(static_cast<std::int64_t>(s.value * kNanosecondsPerSecond + 0.5));
}
constexpr Seconds to_seconds(Duration d) {
  return Seconds(static_cast<double>(d.value) / kNanosecondsPerSecond);
}
constexpr Seconds to_seconds(TimePoint t) {
  return Seconds(static_cast<double>(t.value) / kNanosecondsPerSecond);
}

constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace headroom
