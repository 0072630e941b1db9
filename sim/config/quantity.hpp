// sim/config/quantity.hpp -- "50 ms", "4 /s", "80 GiB", "3.35 TB/s", "989.4 TFLOPS": text to
// quantities and back. k, M, G, T, P are powers of 1000; Ki, Mi, Gi, Ti are powers of 1024: 1 GB =
// 1e9 B, 1 GiB = 2^30 B. The space before the unit may be left out. A dimensional quantity without
// its unit is an error: nobody should have to guess it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sim/base/units.hpp"

namespace headroom {

enum class Dimension {
  kNone,
  kTime,
  kBytes,
  kBandwidth,
  kFlops,
  kRate,
  kFrequency,
  kPower,
  kPrice
};

// Either a value in the base unit (s, B, B/s, FLOP/s, 1/s, Hz, W, USD/h) or a sentence fragment
// that says what is wrong, to follow the name of the key: "needs a unit, such as '50 ms'".
struct ParsedQuantity {
  std::optional<double> value;
  std::string problem;
};
ParsedQuantity parse_quantity(std::string_view text, Dimension dimension);

// Accepts what a person writes as a whole number ("256", "1_000_000"); no sign but '-', no
// exponent, no fraction.
std::optional<std::int64_t> parse_integer(std::string_view text);

// The canonical spelling: the largest decimal prefix that keeps the number at 1 or more and reads
// back as exactly the same double, or for bytes the largest binary one where that is shorter ("80
// GiB"); equal values give equal text. kNone gives the bare number.
std::string format_quantity(double value, Dimension dimension);

}  // namespace headroom
