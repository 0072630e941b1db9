#include "workloads/arrival/arrival_process.hpp"

#include <cmath>

#include "sim/base/random.hpp"
#include "workloads/trace/trace_spec.hpp"

namespace headroom {
namespace {

// `next_time` gives the arrival of each request in seconds, in order.
template <class NextTime>
void fill(const ArrivalProcess& process, std::span<Request> requests, NextTime next_time) {
  constexpr double kLatest = static_cast<double>(kMaxArrivalNs) / kNanosecondsPerSecond;
  for (auto& request : requests) {
    const double time = next_time();
    if (!(time <= kLatest)) {
      throw ConfigError(process.where,
                        "at this rate " + std::to_string(requests.size()) +
                            " requests take more than ten years of simulated time to arrive");
    }
    request.arrival = TimePoint(to_duration(Seconds(time)).value);
  }
}

}  // namespace

void draw_arrivals(const ArrivalProcess& process, std::uint64_t seed, std::span<Request> requests) {
  RandomStream random(seed, "workload.arrivals");
  const double rate = process.rate.value;
  double time = 0;
  switch (process.kind) {
    case ArrivalKind::kPoisson:
      return fill(process, requests, [&] { return time += random.exponential(1 / rate); });
    case ArrivalKind::kGamma:
      return fill(process, requests, [&] {
        return time += random.gamma(process.burstiness, 1 / (rate * process.burstiness));
      });
    case ArrivalKind::kConstant:
      // From the index, so that the rounding of the gap does not add up.
      return fill(process, requests, [&, index = 0.0]() mutable { return ++index / rate; });
    case ArrivalKind::kAllAtOnce:
    case ArrivalKind::kClosedLoop:
      return fill(process, requests, [] { return 0.0; });
  }
}

}  // namespace headroom
