#include "analysis/metrics/overload.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "sim/base/random.hpp"
#include "tests/unit/analysis/metrics/outcomes.hpp"

namespace headroom {
namespace {

// A queue with Poisson arrivals at one per second, `servers` slots and exponential service, first
// come first served.
std::vector<RequestOutcome> queue_at(double utilisation, int requests, std::uint64_t seed,
                                     int servers) {
  RandomStream arrivals(seed, "arrivals"), services(seed, "services");
  std::vector<std::int64_t> free_at(static_cast<std::size_t>(servers), 0);
  std::vector<RequestOutcome> outcomes;
  std::int64_t now = 0;
  for (int i = 0; i < requests; ++i) {
    now += static_cast<std::int64_t>(arrivals.exponential(1e9));
    const auto server = std::min_element(free_at.begin(), free_at.end());
    RequestOutcome o;
    o.arrival = o.queued = TimePoint(now);
    o.scheduled = TimePoint(std::max(now, *server));
    *server = o.scheduled.value +
              static_cast<std::int64_t>(services.exponential(1e9 * utilisation * servers));
    o.first_token = o.finish = TimePoint(*server);
    o.output_tokens = 1;
    o.status = RequestStatus::kFinished;
    outcomes.push_back(o);
  }
  return outcomes;
}

int warnings_at(double utilisation, int requests, int servers) {
  int warnings = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed)
    if (overload_warning(queue_at(utilisation, requests, seed, servers))) ++warnings;
  return warnings;
}

TEST_CASE("a queue that grows without end is called overloaded", "[metrics]") {
  CHECK(warnings_at(1.5, 500, 1) >= 95);
  CHECK(warnings_at(1.5, 500, 32) >= 95);
  CHECK(warnings_at(1.2, 5000, 1) >= 95);
  CHECK(warnings_at(3.0, 100, 4) >= 95);
}

TEST_CASE("a stable queue is not called overloaded", "[metrics]") {
  CHECK(warnings_at(0.5, 2000, 1) == 0);
  CHECK(warnings_at(0.8, 2000, 1) == 0);
  CHECK(warnings_at(0.8, 2000, 32) == 0);
  // Near saturation a short run cannot tell: rarely, not never.
  CHECK(warnings_at(0.95, 5000, 1) <= 2);
}

TEST_CASE("the warning names the queue at both ends", "[metrics]") {
  const auto warning = overload_warning(queue_at(2.0, 1000, 1, 1));
  REQUIRE(warning);
  CHECK_THAT(
      *warning,
      Catch::StartsWith(
          "overloaded: over the second half of the arrivals the waiting requests rose from "));
}

TEST_CASE("arrivals all at once have no trend", "[metrics]") {
  std::vector<RequestOutcome> outcomes;
  for (int i = 0; i < 1000; ++i)
    outcomes.push_back(test::served({0, 10 * i, 10 * i + 10, 10 * i + 10, 1}));
  CHECK_FALSE(overload_warning(outcomes));
  CHECK_FALSE(overload_warning({}));
}

TEST_CASE("a rejected request is not waiting", "[metrics]") {
  std::vector<RequestOutcome> outcomes;
  for (int i = 0; i < 1000; ++i) outcomes.push_back(test::refused(10 * i));
  CHECK_FALSE(overload_warning(outcomes));
}

}  // namespace
}  // namespace headroom
