#include "workloads/arrival/arrival_process.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

using namespace headroom;

namespace {

std::vector<std::int64_t> arrivals_of(const ArrivalProcess& process, std::size_t requests,
                                      std::uint64_t seed = 1) {
  std::vector<Request> table(requests);
  draw_arrivals(process, seed, table);
  std::vector<std::int64_t> times;
  for (const auto& request : table) times.push_back(request.arrival.value);
  return times;
}

ArrivalProcess at_rate(ArrivalKind kind, double rate, double burstiness = 1.0) {
  ArrivalProcess process;
  process.kind = kind;
  process.rate = PerSecond(rate);
  process.burstiness = burstiness;
  process.where = {"s.yaml", 2, 3};
  return process;
}

struct Gaps {
  double mean = 0, variation = 0, longer_than_mean = 0;  // variation = deviation / mean
};
Gaps gaps_of(const ArrivalProcess& process) {
  const auto times = arrivals_of(process, 400'000);
  double sum = 0;
  double squares = 0;
  double longer = 0;
  std::int64_t last = 0;
  for (const auto time : times) {
    REQUIRE(time >= last);
    const double gap = static_cast<double>(time - last) / 1e9;
    sum += gap;
    squares += gap * gap;
    longer += gap > 1 / process.rate.value ? 1 : 0;
    last = time;
  }
  const auto n = static_cast<double>(times.size());
  const double mean = sum / n;
  return {mean, std::sqrt(squares / n - mean * mean) / mean, longer / n};
}

}  // namespace

TEST_CASE("constant arrivals start after one gap and do not drift", "[workloads][arrival]") {
  CHECK(arrivals_of(at_rate(ArrivalKind::kConstant, 4), 3) ==
        std::vector<std::int64_t>{250'000'000, 500'000'000, 750'000'000});
  // A third of a second is not a whole number of ns, but every third arrival is a whole second.
  const auto thirds = arrivals_of(at_rate(ArrivalKind::kConstant, 3), 3'000'000);
  CHECK(thirds[0] == 333'333'333);
  CHECK(thirds[2] == 1'000'000'000);
  CHECK(thirds[2'999'999] == 1'000'000'000'000'000);
}

TEST_CASE("Poisson gaps are exponential", "[workloads][arrival]") {
  const auto gaps = gaps_of(at_rate(ArrivalKind::kPoisson, 4));
  // 400,000 gaps: standard error of the mean 0.25/632 = 0.0004; of the share 0.00076; of the
  // variation about 0.0022.
  CHECK(gaps.mean == Approx(0.25).margin(0.0016));
  CHECK(gaps.variation == Approx(1.0).margin(0.009));
  CHECK(gaps.longer_than_mean == Approx(0.367879).margin(0.003));  // 1/e
}

TEST_CASE("gamma gaps vary by one over the root of the burstiness", "[workloads][arrival]") {
  const auto bursty = gaps_of(at_rate(ArrivalKind::kGamma, 4, 0.5));
  CHECK(bursty.mean == Approx(0.25).epsilon(0.009));  // 4 * 1.414 / 632
  CHECK(bursty.variation == Approx(1.41421).epsilon(0.015));
  const auto smooth = gaps_of(at_rate(ArrivalKind::kGamma, 4, 4.0));
  CHECK(smooth.mean == Approx(0.25).epsilon(0.0032));
  CHECK(smooth.variation == Approx(0.5).epsilon(0.01));
  const auto poisson = gaps_of(at_rate(ArrivalKind::kGamma, 4, 1.0));
  CHECK(poisson.longer_than_mean == Approx(0.367879).margin(0.003));
}

TEST_CASE("everything at once and closed loops arrive at time zero", "[workloads][arrival]") {
  CHECK(arrivals_of({.kind = ArrivalKind::kAllAtOnce}, 3) == std::vector<std::int64_t>{0, 0, 0});
  CHECK(arrivals_of({.kind = ArrivalKind::kClosedLoop, .max_concurrency = 2}, 2) ==
        std::vector<std::int64_t>{0, 0});
}

TEST_CASE("arrivals depend on the seed and on nothing else", "[workloads][arrival]") {
  const auto process = at_rate(ArrivalKind::kGamma, 4, 0.5);
  CHECK(arrivals_of(process, 100, 5) == arrivals_of(process, 100, 5));
  CHECK(arrivals_of(process, 100, 5) != arrivals_of(process, 100, 6));
  // A longer run starts with the shorter one.
  auto longer = arrivals_of(process, 200, 5);
  longer.resize(100);
  CHECK(longer == arrivals_of(process, 100, 5));
}

TEST_CASE("arrivals beyond ten years are an error and not an overflow", "[workloads][arrival]") {
  // 1e-9 /s: the second one comes after 2e9 s, more than 3.16e8 s.
  try {
    arrivals_of(at_rate(ArrivalKind::kConstant, 1e-9), 2);
    FAIL("no error");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) ==
          "s.yaml:2:3: error: at this rate 2 requests take more than ten years of simulated time "
          "to arrive");
  }
}
