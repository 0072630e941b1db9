// Dates stay exact far from zero and over many steps, and small events do not disturb large ones.
#include <catch2/catch.hpp>
#include <vector>

#include "sim/engine/kernel.hpp"
#include "tests/simulation/kernel/recorder.hpp"

namespace headroom::test {
namespace {

using Route = std::vector<LinkId>;
constexpr std::int64_t kFar = 100'000'000'000'000;  // 1e5 s

// 100,000 steps of 1 us from 1e5 s on, of whatever kind.
template <class Step>
std::int64_t end_of_microsecond_steps(Kernel& kernel, Step step) {
  int left = 100'000;
  Script next([&](std::uint64_t) {
    if (left-- > 0) step(next);
  });
  kernel.at(TimePoint(kFar), next, 0);
  kernel.run();
  return kernel.now().value;
}

TEST_CASE("microsecond events at 1e5 s do not drift") {
  const auto kernel = make_simgrid_kernel({});
  const auto end = end_of_microsecond_steps(*kernel, [&](EventHandler& next) {
    kernel->at(TimePoint(kernel->now().value + 1000), next, 0);
  });
  CHECK(end == kFar + 100'000'000);
}

TEST_CASE("microsecond events at 1e5 s do not drift through SimGrid either") {
  const auto kernel = make_simgrid_kernel({}, {.every_instant_through_simgrid = true});
  const auto end = end_of_microsecond_steps(*kernel, [&](EventHandler& next) {
    kernel->at(TimePoint(kernel->now().value + 1000), next, 0);
  });
  CHECK(end == kFar + 100'000'000);
}

TEST_CASE("microsecond computes at 1e5 s do not drift") {
  // Relative durations drift by 7 ppm in SimGrid (its clock is a double): 0.7 us here.
  const auto kernel = make_simgrid_kernel(links({}, 1));
  const auto end = end_of_microsecond_steps(
      *kernel, [&](EventHandler& next) { kernel->compute(0, Seconds(1e-6), next, 0); });
  CHECK(end == kFar + 100'000'000);
}

TEST_CASE("a resource used by one stream gives the dates of plain arithmetic") {
  // 64 B/ns: 1000 B take 15.625 ns, 2080 B exactly 32.5 ns, 77 B 1.203 ns, 20 B 0.3125 ns.
  const std::vector<double> sizes{1000, 2080, 77, 20, 1e6 + 1, 2080};
  const auto kernel = make_simgrid_kernel(links({64e9}));
  std::vector<std::int64_t> dates;
  std::size_t i = 0;
  Script next([&](std::uint64_t) {
    dates.push_back(kernel->now().value);
    if (i < 6'000) kernel->transfer(Route{0}, Bytes(sizes[i++ % sizes.size()]), next, 0);
  });
  kernel->at(TimePoint(0), next, 0);
  kernel->run();

  REQUIRE(dates.size() == 6'001);
  TimePoint expected(0);
  for (std::size_t k = 0; k < dates.size(); ++k) {
    REQUIRE(dates[k] == expected.value);
    expected = expected + to_duration(Bytes(sizes[k % sizes.size()]) / BytesPerSecond(64e9));
  }
}

TEST_CASE("ends less than a nanosecond apart are not merged") {
  const auto kernel = make_simgrid_kernel(links({1e9, 1e9}));
  Recorder done(*kernel);
  for (const std::uint64_t token : {1, 2}) kernel->transfer(Route{0}, Bytes(1000), done, token);
  for (const std::uint64_t token : {3, 4})
    kernel->transfer(Route{1}, Bytes(1000.3125), done, token);
  kernel->run();
  // 1 B/ns for two: 2000 ns, and 2000.625 ns, which is 2001. SimGrid's default merges what is
  // within 1 ns.
  CHECK(done.calls == Calls{{2000, 1}, {2000, 2}, {2001, 3}, {2001, 4}});
}

TEST_CASE("10000 SSD reads keep their throughput beside small computes") {
  // An SSD of 7 GB/s is a link: SimGrid's disks round to whole bytes at every event and stall.
  const auto kernel = make_simgrid_kernel(links({7e9}, 1));
  int reads = 0;
  std::int64_t last_read = 0;
  Script read([&](std::uint64_t) {
    last_read = kernel->now().value;
    if (reads++ < 10'000) kernel->transfer(Route{0}, Bytes(70'000), read, 0);
  });
  int computes = 0;
  Script compute([&](std::uint64_t) {
    ++computes;
    if (reads <= 10'000) kernel->compute(0, Seconds(1.01e-6), compute, 0);
  });
  kernel->at(TimePoint(0), read, 0);
  kernel->at(TimePoint(0), compute, 0);
  kernel->run();
  // 70,000 B / 7 B/ns = 10 us each: 100 ms for all, whatever else happens.
  CHECK(last_read == 100'000'000);
  // 100 ms / 1.01 us = 99,009.9: computes begin at 0, 1.01, ... and the last one begins before 100
  // ms.
  CHECK(computes == 99'011);
}

}  // namespace
}  // namespace headroom::test
