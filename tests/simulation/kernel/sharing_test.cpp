// Flows and computes finish when max-min sharing says, to the nanosecond.
#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

#include "sim/base/random.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/simulation/kernel/fluid_reference.hpp"
#include "tests/simulation/kernel/recorder.hpp"

namespace headroom::test {
namespace {

using Route = std::vector<LinkId>;

TEST_CASE("one flow takes its bytes over the bandwidth") {
  const auto kernel = make_simgrid_kernel(links({25e9}));
  Recorder done(*kernel);
  kernel->transfer(Route{0}, Bytes(1e6), done, 1);
  kernel->run();
  // 1e6 B / 25e9 B/s = 40 us.
  CHECK(done.calls == Calls{{40'000, 1}});
  CHECK(kernel->now() == TimePoint(40'000));
}

TEST_CASE("a fraction of a byte counts") {
  const auto kernel = make_simgrid_kernel(links({1e3}));
  Recorder done(*kernel);
  kernel->transfer(Route{0}, Bytes(1.25), done, 1);
  kernel->run();
  // 1.25 B / 1e3 B/s = 1.25 ms; whole bytes would give 1 ms.
  CHECK(done.calls == Calls{{1'250'000, 1}});
}

TEST_CASE("two equal flows each get half of a link") {
  const auto kernel = make_simgrid_kernel(links({25e9}));
  Recorder done(*kernel);
  kernel->transfer(Route{0}, Bytes(1e6), done, 1);
  kernel->transfer(Route{0}, Bytes(1e6), done, 2);
  kernel->run();
  // 2e6 B / 25e9 B/s = 80 us for both.
  CHECK(done.calls == Calls{{80'000, 1}, {80'000, 2}});
}

TEST_CASE("a flow that joins halfway slows the one already there") {
  const auto kernel = make_simgrid_kernel(links({1e9}));
  Recorder done(*kernel);
  Script join([&](std::uint64_t) { kernel->transfer(Route{0}, Bytes(1000), done, 2); });
  kernel->transfer(Route{0}, Bytes(1000), done, 1);
  kernel->at(TimePoint(400), join, 0);
  kernel->run();
  // 1 B/ns. Flow 1 has 600 B left at 400 ns; at half rate it ends at 1600. Flow 2 has then 400 B
  // left: 2000.
  CHECK(done.calls == Calls{{1600, 1}, {2000, 2}});
}

TEST_CASE("a longer route does not cost a flow its share of the bottleneck") {
  // Link 0 is shared; link 1 is only on the second route, and wide.
  const auto kernel = make_simgrid_kernel(links({25e9, 50e9}));
  Recorder done(*kernel);
  kernel->transfer(Route{0}, Bytes(1e6), done, 1);
  kernel->transfer(Route{0, 1}, Bytes(1e6), done, 2);
  kernel->run();
  // 12.5e9 B/s each: 80 us. With latencies in the model the first would end at 100 us (25 % late).
  CHECK(done.calls == Calls{{80'000, 1}, {80'000, 2}});
}

TEST_CASE("what a flow limited elsewhere leaves goes to the others") {
  // Link 0 has 25 GB/s; the second flow also passes link 1 with 10 GB/s.
  const auto kernel = make_simgrid_kernel(links({25e9, 10e9}));
  Recorder done(*kernel);
  kernel->transfer(Route{0}, Bytes(1.5e6), done, 1);
  kernel->transfer(Route{0, 1}, Bytes(1e6), done, 2);
  kernel->run();
  // 15 and 10 GB/s: 1.5e6 / 15e9 = 1e6 / 10e9 = 100 us. Equal shares of 12.5 would give 120 us.
  CHECK(done.calls == Calls{{100'000, 1}, {100'000, 2}});
}

TEST_CASE("computes on one resource share it and on two do not") {
  const auto kernel = make_simgrid_kernel(links({}, 2));
  Recorder done(*kernel);
  kernel->compute(0, Seconds(1e-3), done, 1);
  kernel->compute(0, Seconds(2e-3), done, 2);
  kernel->compute(1, Seconds(2e-3), done, 3);
  kernel->run();
  // Resource 0: 1 ms at half speed ends at 2 ms; the other has 1 ms left and ends at 3 ms. Resource
  // 1: 2 ms alone.
  CHECK(done.calls == Calls{{2'000'000, 1}, {2'000'000, 3}, {3'000'000, 2}});
}

TEST_CASE("a platform without resources still has a clock") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  kernel->at(TimePoint(5), done, 1);
  kernel->run();
  CHECK(done.calls == Calls{{5, 1}});
}

TEST_CASE("200 random staggered flows end when progressive filling says") {
  RandomStream random(1, "flows");
  std::vector<double> bandwidths;
  std::vector<long double> reference_bandwidths;
  for (int l = 0; l < 20; ++l) {
    bandwidths.push_back(random.uniform(10e9, 49e9));
    reference_bandwidths.push_back(bandwidths.back());
  }
  const auto kernel = make_simgrid_kernel(links(bandwidths));
  Recorder done(*kernel);
  std::vector<FluidFlow> flows;
  std::vector<Script> starts;
  starts.reserve(200);
  for (std::uint64_t f = 0; f < 200; ++f) {
    const TimePoint start(random.uniform_int(0, 20'000'000));
    const double bytes = static_cast<double>(random.uniform_int(1'000'000, 1'000'000'000));
    Route route;
    const auto first = static_cast<LinkId>(random.uniform_int(0, 19));
    const auto length = static_cast<LinkId>(random.uniform_int(1, 4));
    for (LinkId l = 0; l < length; ++l) route.push_back((first + 7 * l) % 20);
    flows.push_back(
        {static_cast<long double>(start.value) * 1e-9L, bytes, {route.begin(), route.end()}});
    starts.emplace_back([&kernel, &done, route, bytes, f](std::uint64_t) {
      kernel->transfer(route, Bytes(bytes), done, f);
    });
    kernel->at(start, starts.back(), 0);
  }
  kernel->run();

  const std::vector<long double> ends = fluid_ends(reference_bandwidths, flows);
  REQUIRE(done.calls.size() == 200);
  for (const auto& [date_ns, f] : done.calls) {
    INFO("flow " << f);
    // Rounding to the nanosecond is 0.5, and starting at a rounded end may add as much.
    CHECK(std::abs(static_cast<long double>(date_ns) - ends[f] * 1e9L) <= 1.0L);
  }
  // They do contend, or the test says nothing: the last to start at 20 ms would alone end by 20 +
  // 1e9 / 10e9 = 120 ms.
  CHECK(kernel->now() > TimePoint(240'000'000));
}

}  // namespace
}  // namespace headroom::test
