#include "sim/platform/platform.hpp"

#include <cmath>
#include <set>
#include <string_view>

#include "sim/base/check.hpp"

namespace headroom {

void check_platform(const Platform& platform) {
  std::set<std::string_view> names;
  const auto check_name = [&names](const std::string& name) {
    HEADROOM_CHECK(names.insert(name).second, "expected unique resource names, got '", name,
                   "' twice");
  };
  for (const Link& link : platform.links) {
    check_name(link.name);
    HEADROOM_CHECK(std::isfinite(link.bandwidth.value) && link.bandwidth.value > 0,
                   "expected a positive finite bandwidth of link '", link.name, "', got ",
                   link.bandwidth.value, " B/s");
  }
  for (const Compute& compute : platform.computes) check_name(compute.name);
}

}  // namespace headroom
