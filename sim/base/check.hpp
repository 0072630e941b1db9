// sim/base/check.hpp -- the two exceptions of the program and the check for our own bugs.
// UserError: something the user gave us is wrong (exit code 2). InternalError: we are wrong (exit
// 1). Expected outcomes (no free KV block, a rejected request) are return values, never exceptions.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace headroom {

class UserError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class InternalError : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

namespace detail {
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}
[[noreturn]] void fail_check(const char* condition, const char* file, int line,
                             const std::string& message);
}  // namespace detail
}  // namespace headroom

// Active in every build type. The message says what was expected and shows the values; its parts
// are only evaluated when the check fails: HEADROOM_CHECK(free >= 0, "free blocks stay
// non-negative, got ", free).
#define HEADROOM_CHECK(condition, ...)                                         \
  do {                                                                         \
    if (!(condition)) [[unlikely]]                                             \
      ::headroom::detail::fail_check(#condition, __FILE__, __LINE__,           \
                                     ::headroom::detail::concat(__VA_ARGS__)); \
  } while (false)
