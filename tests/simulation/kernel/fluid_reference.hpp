// tests/simulation/kernel/fluid_reference.hpp -- max-min sharing by progressive filling, written
// apart from SimGrid. Bertsekas, Gallager, "Data Networks", section 6.5.2: raise all rates
// together, freeze the flows of a link when it is full, repeat with the others. In long double, so
// that its own rounding is far below what the tests ask for.
#pragma once

#include <cstddef>
#include <vector>

namespace headroom::test {

struct FluidFlow {
  long double start_s = 0;
  long double bytes = 0;
  std::vector<std::size_t> route;
};

// End of every flow, in seconds, on links of the given bandwidths (bytes/s).
std::vector<long double> fluid_ends(const std::vector<long double>& bandwidths,
                                    const std::vector<FluidFlow>& flows);

}  // namespace headroom::test
