// workloads/lengths/normal_quantile.hpp -- the standard normal distribution and its inverse.
#pragma once

namespace headroom {

double normal_probability(double z);  // P(Z <= z)

// z with P(Z <= z) = p, to about 1e-15 relative. Pre: 0 < p < 1. One uniform number makes one
// normal one, at a third of the cost of Box-Muller, and a distribution cut off at a maximum is
// drawn by cutting p instead of by drawing again. Source: Wichura, algorithm AS 241 (PPND16),
// Applied Statistics 37(3), 1988.
double normal_quantile(double p);

}  // namespace headroom
