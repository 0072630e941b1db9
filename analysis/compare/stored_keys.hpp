// analysis/compare/stored_keys.hpp -- the keys of a scenario as a results file has it: YAML with
// the origin of each value as a comment behind it.
#pragma once

#include <string_view>
#include <vector>

#include "sim/config/resolved_key.hpp"

namespace headroom {

// In the order of the text; "" is the origin of a value without a comment. Throws ConfigError when
// the text is no YAML.
std::vector<ResolvedKey> stored_keys(std::string_view text);

}  // namespace headroom
