#include "sim/base/check.hpp"

namespace headroom::detail {

void fail_check(const char* condition, const char* file, int line, const std::string& message) {
  throw InternalError(concat(file, ":", line, ": check failed: ", condition, ": ", message));
}

}  // namespace headroom::detail
