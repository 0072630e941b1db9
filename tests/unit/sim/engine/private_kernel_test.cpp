// The clock and the instants that all kernels share (sim/engine/clocked_kernel), without SimGrid.
#include <catch2/catch.hpp>
#include <functional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/support/mock_kernel.hpp"

namespace headroom {
namespace {

struct Script : EventHandler {
  explicit Script(std::function<void(std::uint64_t)> f) : body(std::move(f)) {}
  void on_event(std::uint64_t token) override { body(token); }
  std::function<void(std::uint64_t)> body;
};

TEST_CASE("an event may create others at its own date and later") {
  const auto kernel = make_private_kernel();
  std::vector<std::pair<std::int64_t, std::uint64_t>> calls;
  Script act([&](std::uint64_t token) {
    calls.emplace_back(kernel->now().value, token);
    if (token == 1) {
      kernel->at(kernel->now(), act, 2);
      kernel->at(TimePoint(20), act, 3);
    }
  });
  kernel->at(TimePoint(10), act, 1);
  kernel->run();
  CHECK(calls == std::vector<std::pair<std::int64_t, std::uint64_t>>{{10, 1}, {10, 2}, {20, 3}});
  CHECK(kernel->now() == TimePoint(20));
}

TEST_CASE("an event before now or at the end of time is refused") {
  const auto kernel = make_private_kernel();
  Script late([&](std::uint64_t) { kernel->at(TimePoint(9), late, 0); });
  kernel->at(TimePoint(10), late, 0);
  CHECK_THROWS_AS(kernel->run(), InternalError);
  CHECK_THROWS_AS(kernel->at(kNever, late, 0), InternalError);
}

TEST_CASE("an exception of a handler leaves run and the next run goes on") {
  const auto kernel = make_private_kernel();
  int later = 0;
  Script fail([](std::uint64_t) { throw std::out_of_range("mine"); });
  Script count([&](std::uint64_t) { ++later; });
  kernel->at(TimePoint(1), fail, 0);
  kernel->at(TimePoint(2), count, 0);
  CHECK_THROWS_AS(kernel->run(), std::out_of_range);
  kernel->run();
  CHECK(later == 1);
}

TEST_CASE("end-of-instant requests run once and in order over many instants") {
  const auto kernel = make_private_kernel();
  std::vector<std::uint64_t> order;
  Script hook([&](std::uint64_t token) { order.push_back(token); });
  Script act([&](std::uint64_t token) {
    kernel->at_end_of_instant(hook, 10 * token);
    kernel->at_end_of_instant(hook, 10 * token + 1);
    order.push_back(token);
    if (token < 3) kernel->at(kernel->now() + Duration(1), act, token + 1);
  });
  kernel->at(TimePoint(0), act, 1);
  kernel->run();
  CHECK(order == std::vector<std::uint64_t>{1, 10, 11, 2, 20, 21, 3, 30, 31});
}

TEST_CASE("a private kernel refuses shared resources and finishes nothing at once") {
  const auto kernel = make_private_kernel();
  int done = 0;
  Script count([&](std::uint64_t) { ++done; });
  const std::vector<LinkId> route{0};
  CHECK_THROWS_AS(kernel->transfer(route, Bytes(1), count, 0), InternalError);
  CHECK_THROWS_AS(kernel->compute(0, Seconds(1), count, 0), InternalError);
  kernel->transfer(route, Bytes(0), count, 0);
  kernel->compute(0, Seconds(0), count, 0);
  kernel->run();
  CHECK(done == 2);
  CHECK(kernel->now() == TimePoint(0));
}

TEST_CASE("under the mock kernel nothing happens") {
  test::MockKernel kernel;
  int done = 0;
  Script count([&](std::uint64_t) { ++done; });
  kernel.at(TimePoint(0), count, 0);
  kernel.at_end_of_instant(count, 0);
  kernel.run();
  CHECK(done == 0);
  CHECK(kernel.requests == 2);
  CHECK(kernel.runs == 1);
}

}  // namespace
}  // namespace headroom
