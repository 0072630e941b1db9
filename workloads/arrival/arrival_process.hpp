// workloads/arrival/arrival_process.hpp -- when synthetic requests arrive.
// The first arrival is one gap after time 0. A closed loop has no arrivals of its own: each of its
// clients submits its next request when its last one ends.
#pragma once

#include <cstdint>
#include <span>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"
#include "sim/serving/request.hpp"

namespace headroom {

enum class ArrivalKind { kPoisson, kGamma, kConstant, kAllAtOnce, kClosedLoop };

struct ArrivalProcess {
  ArrivalKind kind = ArrivalKind::kAllAtOnce;
  PerSecond rate{0};  // poisson, gamma, constant: mean arrivals per second
  // gamma: gaps have this shape and the scale 1 / (rate * burstiness), as in `vllm bench serve
  // --burstiness`: 1 is Poisson, less is burstier, more is smoother; the coefficient of variation
  // of the gaps is 1 / sqrt(burstiness). The gaps are not stretched afterwards to meet the rate
  // exactly, as newer versions of that tool do.
  double burstiness = 1.0;
  std::int64_t max_concurrency = 0;  // closed loop: clients
  SourcePosition where{};            // of the rate, for the error below
};

// Fills in the arrivals, which never decrease. Draws from the stream (seed, "workload.arrivals")
// only. Throws ConfigError when they run past kMaxArrivalNs.
void draw_arrivals(const ArrivalProcess& process, std::uint64_t seed, std::span<Request> requests);

}  // namespace headroom
