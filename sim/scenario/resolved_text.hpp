// sim/scenario/resolved_text.hpp -- a resolved scenario as text: every key once, in the order of
// the schema.
#pragma once

#include <string>
#include <vector>

#include "sim/config/resolved_key.hpp"

namespace headroom {

// YAML that loads to the same scenario. Values are in their canonical spelling and origins are left
// out, so that two scenarios that mean the same have the same text, however they were written.
std::string resolved_text(const std::vector<ResolvedKey>& keys);
// The same with the origin of each value as a comment behind it, for people (`headroom check`).
std::string resolved_text_with_origins(const std::vector<ResolvedKey>& keys);

}  // namespace headroom
