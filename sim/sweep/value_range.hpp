// sim/sweep/value_range.hpp -- `range:` and `log_range:` of an axis as the values they stand for,
// spelled as a person would write them.
#pragma once

#include <string>
#include <vector>

#include "sim/config/map_reader.hpp"

namespace headroom {

// {from: 1 /s, to: 10 /s, step: 1 /s}: both ends, in the unit they are written in, which all three
// share. Whole numbers stay whole. Reports what is wrong and returns what there is.
std::vector<std::string> linear_values(MapReader& range);
// {from: 16, to: 256, points: 5}: points at equal ratios, both ends exactly as written. Between
// whole numbers without a unit they are rounded to whole numbers, otherwise to six digits.
std::vector<std::string> logarithmic_values(MapReader& range);

}  // namespace headroom
