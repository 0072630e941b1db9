// sim/app/human_number.hpp -- numbers as people read them: four digits, a unit, thousands apart.
#pragma once

#include <cstdint>
#include <string>

namespace headroom {

std::string human_time(double seconds);       // "123.4 ms", "2.31 s", "1.52 h"
std::string human_bytes(double bytes);        // "14.96 GiB"
std::string human_count(std::int64_t count);  // "1,234,567"
std::string human_number(double value);       // "1,234", "0.0123", "2.345e+12"
// The same by unit: "1.52 h", "14.96 GiB", "19.5 GB/s", "5.88 TFLOP/s", "1,234 tokens/s".
std::string human_with_unit(double value, const std::string& unit);
std::string human_percent(double fraction);  // "97.2 %"

}  // namespace headroom
