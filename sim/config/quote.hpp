// sim/config/quote.hpp -- what a user wrote, for a message: in quotes, and not longer than a line.
#pragma once

#include <string>
#include <string_view>

namespace headroom {

inline std::string quote(std::string_view text) {
  constexpr std::size_t kLongest = 80;
  std::string quoted = "'";
  quoted += text.substr(0, kLongest);
  quoted += text.size() > kLongest ? "...'" : "'";
  return quoted;
}

}  // namespace headroom
