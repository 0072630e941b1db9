#include "tests/simulation/kernel/fluid_reference.hpp"

#include <algorithm>
#include <limits>

namespace headroom::test {
namespace {

constexpr long double kInfinity = std::numeric_limits<long double>::infinity();

std::vector<long double> max_min_rates(std::vector<long double> spare,
                                       const std::vector<FluidFlow>& flows,
                                       const std::vector<std::size_t>& active) {
  std::vector<long double> rates(flows.size(), 0);
  std::vector<std::size_t> open = active;
  while (!open.empty()) {
    std::vector<int> users(spare.size(), 0);
    for (const std::size_t f : open)
      for (const std::size_t l : flows[f].route) ++users[l];
    std::size_t full = 0;
    long double share = kInfinity;
    for (std::size_t l = 0; l < spare.size(); ++l)
      if (users[l] > 0 && spare[l] / users[l] < share) {
        share = spare[l] / users[l];
        full = l;
      }
    std::vector<std::size_t> rest;
    for (const std::size_t f : open) {
      if (std::find(flows[f].route.begin(), flows[f].route.end(), full) == flows[f].route.end()) {
        rest.push_back(f);
        continue;
      }
      rates[f] = share;
      for (const std::size_t l : flows[f].route) spare[l] -= share;
    }
    open = rest;
  }
  return rates;
}

}  // namespace

std::vector<long double> fluid_ends(const std::vector<long double>& bandwidths,
                                    const std::vector<FluidFlow>& flows) {
  std::vector<long double> left;
  for (const FluidFlow& flow : flows) left.push_back(flow.bytes);
  std::vector<long double> ends(flows.size(), -1);
  long double now = 0;
  for (;;) {
    std::vector<std::size_t> active;
    long double next = kInfinity;
    for (std::size_t f = 0; f < flows.size(); ++f) {
      if (ends[f] >= 0) continue;
      if (flows[f].start_s > now) {
        next = std::min(next, flows[f].start_s);
      } else {
        active.push_back(f);
      }
    }
    if (active.empty() && next == kInfinity) return ends;
    const std::vector<long double> rates = max_min_rates(bandwidths, flows, active);
    for (const std::size_t f : active) next = std::min(next, now + left[f] / rates[f]);
    for (const std::size_t f : active) {
      // A flow whose end is what ends this step ends exactly; subtracting would leave a crumb.
      const bool ends_here = now + left[f] / rates[f] <= next;
      left[f] -= rates[f] * (next - now);
      if (ends_here) ends[f] = next;
    }
    now = next;
  }
}

}  // namespace headroom::test
