// Who is called when within an instant, between timers, ends of activities and end-of-instant
// requests.
#include <catch2/catch.hpp>
#include <vector>

#include "sim/engine/kernel.hpp"
#include "tests/simulation/kernel/recorder.hpp"

namespace headroom::test {
namespace {

using Route = std::vector<LinkId>;

TEST_CASE("events of one date come in order of creation") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  for (const std::uint64_t token : {1, 2, 3, 4, 5}) kernel->at(TimePoint(10), done, token);
  kernel->at(TimePoint(9), done, 6);
  kernel->run();
  CHECK(done.calls == Calls{{9, 6}, {10, 1}, {10, 2}, {10, 3}, {10, 4}, {10, 5}});
}

TEST_CASE("a timer and a flow that end together come in order of request") {
  const auto kernel = make_simgrid_kernel(links({1e9}));
  Recorder done(*kernel);
  kernel->at(TimePoint(1000), done, 1);
  kernel->transfer(Route{0}, Bytes(1000), done, 2);
  kernel->at(TimePoint(1000), done, 3);
  kernel->run();
  // SimGrid on its own fires both timers first.
  CHECK(done.calls == Calls{{1000, 1}, {1000, 2}, {1000, 3}});
}

TEST_CASE("an end that is rounded down is in before its instant acts") {
  const auto kernel = make_simgrid_kernel(links({1e9, 1e9}));
  Recorder done(*kernel);
  kernel->transfer(Route{0}, Bytes(1000.25), done, 1);
  kernel->transfer(Route{1}, Bytes(999.75), done, 2);
  kernel->at(TimePoint(1000), done, 3);
  std::size_t seen = 0;
  Script at_end([&](std::uint64_t) { seen = done.calls.size(); });
  Script ask([&](std::uint64_t) { kernel->at_end_of_instant(at_end, 0); });
  kernel->at(TimePoint(1000), ask, 0);
  kernel->run();
  // 1000.25 ns and 999.75 ns are both nanosecond 1000.
  CHECK(done.calls == Calls{{1000, 1}, {1000, 2}, {1000, 3}});
  CHECK(seen == 3);
}

TEST_CASE("a request at the end of an instant comes after what it was made before") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  Script ask([&](std::uint64_t) {
    kernel->at_end_of_instant(done, 10);
    kernel->at_end_of_instant(done, 11);
    kernel->at(kernel->now(), done, 1);
  });
  kernel->at(TimePoint(5), ask, 0);
  kernel->at(TimePoint(5), done, 2);
  kernel->at(TimePoint(6), done, 3);
  kernel->run();
  CHECK(done.calls == Calls{{5, 2}, {5, 1}, {5, 10}, {5, 11}, {6, 3}});
}

TEST_CASE("an end-of-instant request may reopen the instant") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  Script reopen([&](std::uint64_t) {
    kernel->at(kernel->now(), done, 1);
    kernel->at_end_of_instant(done, 3);
  });
  Script ask([&](std::uint64_t) {
    kernel->at_end_of_instant(reopen, 0);
    kernel->at_end_of_instant(done, 2);
  });
  kernel->at(TimePoint(5), ask, 0);
  kernel->at(TimePoint(6), done, 4);
  kernel->run();
  // The event created at 5 precedes the second request, which waits for everything else of the
  // instant.
  CHECK(done.calls == Calls{{5, 1}, {5, 2}, {5, 3}, {6, 4}});
}

TEST_CASE("an end-of-instant request before the run is served at its start") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  kernel->at_end_of_instant(done, 1);
  kernel->at(TimePoint(3), done, 2);
  kernel->run();
  CHECK(done.calls == Calls{{0, 1}, {3, 2}});
}

TEST_CASE("a cancelled event does not happen and only once is cancelled") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  const EventId first = kernel->at(TimePoint(1), done, 1);
  const EventId second = kernel->at(TimePoint(2), done, 2);
  CHECK(kernel->next_event() == TimePoint(1));
  CHECK(kernel->cancel(first));
  CHECK_FALSE(kernel->cancel(first));
  CHECK(kernel->next_event() == TimePoint(2));
  kernel->run();
  CHECK_FALSE(kernel->cancel(second));
  CHECK(kernel->next_event() == kNever);
  CHECK(done.calls == Calls{{2, 2}});
}

TEST_CASE("a cancelled event does not happen while a flow is in flight") {
  const auto kernel = make_simgrid_kernel(links({1e9}));
  Recorder done(*kernel);
  const EventId timer = kernel->at(TimePoint(500), done, 1);
  Script take_back([&](std::uint64_t) { CHECK(kernel->cancel(timer)); });
  kernel->at(TimePoint(100), take_back, 0);
  kernel->transfer(Route{0}, Bytes(1000), done, 2);
  kernel->run();
  CHECK(done.calls == Calls{{1000, 2}});
}

TEST_CASE("nothing to send ends now") {
  const auto kernel = make_simgrid_kernel(links({1e9}, 1));
  Recorder done(*kernel);
  Script ask([&](std::uint64_t) {
    kernel->transfer(Route{0}, Bytes(0), done, 1);
    kernel->compute(0, Seconds(0), done, 2);
  });
  kernel->at(TimePoint(7), ask, 0);
  kernel->at(TimePoint(8), done, 3);
  kernel->run();
  CHECK(done.calls == Calls{{7, 1}, {7, 2}, {8, 3}});
}

TEST_CASE("a handler can stop the run and another run goes on") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  Script stop([&](std::uint64_t) { kernel->stop(); });
  kernel->at(TimePoint(1), done, 1);
  kernel->at(TimePoint(2), stop, 0);
  kernel->at(TimePoint(2), done, 2);
  kernel->at(TimePoint(3), done, 3);
  kernel->run();
  CHECK(done.calls == Calls{{1, 1}});
  CHECK(kernel->now() == TimePoint(2));
  kernel->run();
  CHECK(done.calls == Calls{{1, 1}, {2, 2}, {3, 3}});
}

}  // namespace
}  // namespace headroom::test
