// sim/sweep/axes_section.hpp -- the section `axes:` of a sweep file.
#pragma once

#include <vector>

#include "sim/config/map_reader.hpp"
#include "sim/sweep/sweep_plan.hpp"

namespace headroom {

// In file order. Each entry is a key with a list of values, a range or a log_range, or a name with
// `zip:` (keys whose lists are walked together) or `variants:` (named sets of keys). Reports what
// is wrong with their form, and keys that two axes set; the values are checked with the scenarios.
std::vector<Axis> read_axes(MapReader& root);

// "key=value" as an override, with the value on one line.
std::string setting_text(const std::string& key, const Node& value);
// The key of such a text.
std::string_view key_of(std::string_view setting);
std::string_view value_of(std::string_view setting);

}  // namespace headroom
