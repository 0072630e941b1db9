// analysis/validate/embedded.hpp -- the case files of this folder as text; the definition is
// generated at configure time.
#pragma once

#include <span>
#include <string_view>

namespace headroom {

struct EmbeddedCase {
  std::string_view path;  // below analysis/validate/cases
  std::string_view text;
};
std::span<const EmbeddedCase> embedded_cases();

}  // namespace headroom
