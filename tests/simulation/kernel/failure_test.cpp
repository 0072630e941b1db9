// Our own mistakes and handlers' exceptions come out of run(), and SimGrid leaves the process as it
// found it.
#include <catch2/catch.hpp>
#include <csignal>
#include <limits>
#include <simgrid/kernel/resource/Action.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <simgrid/s4u/Link.hpp>
#include <stdexcept>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/engine/kernel.hpp"
#include "tests/simulation/kernel/recorder.hpp"

namespace headroom::test {
namespace {

using Route = std::vector<LinkId>;
using Catch::Matchers::Contains;
using Catch::Matchers::Message;

TEST_CASE("an event in the past is an internal error") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  Script late([&](std::uint64_t) { kernel->at(TimePoint(9), done, 1); });
  kernel->at(TimePoint(10), late, 0);
  CHECK_THROWS_AS(kernel->run(), InternalError);
  CHECK(done.calls.empty());
}

TEST_CASE("an exception of a handler leaves run as it was thrown") {
  const auto kernel = make_simgrid_kernel({});
  Recorder done(*kernel);
  Script fail([](std::uint64_t) { throw std::out_of_range("mine"); });
  kernel->at(TimePoint(1), fail, 0);
  kernel->at(TimePoint(2), done, 1);
  CHECK_THROWS_MATCHES(kernel->run(), std::out_of_range, Message("mine"));
  CHECK(done.calls.empty());
  // Nothing was in flight, so the run may go on behind it.
  kernel->run();
  CHECK(done.calls == Calls{{2, 1}});
}

TEST_CASE("an exception at the end of a flow leaves run although others are in flight") {
  const auto kernel = make_simgrid_kernel(links({1e9, 1e9}));
  Recorder done(*kernel);
  Script fail([](std::uint64_t) { throw std::out_of_range("mine"); });
  kernel->transfer(Route{0}, Bytes(100), fail, 0);
  kernel->transfer(Route{1}, Bytes(1000), done, 1);
  kernel->at(TimePoint(500), done, 2);
  CHECK_THROWS_MATCHES(kernel->run(), std::out_of_range, Message("mine"));
  CHECK(kernel->now() == TimePoint(100));
  CHECK(done.calls.empty());
  CHECK_THROWS_AS(kernel->run(), InternalError);  // one flow was abandoned
}

TEST_CASE("stopping abandons what is in flight and says so when run again") {
  const auto kernel = make_simgrid_kernel(links({1e9}));
  Recorder done(*kernel);
  Script stop([&](std::uint64_t) { kernel->stop(); });
  kernel->transfer(Route{0}, Bytes(1000), done, 1);
  kernel->at(TimePoint(10), stop, 0);
  kernel->run();
  CHECK(done.calls.empty());
  CHECK_THROWS_AS(kernel->run(), InternalError);
}

TEST_CASE("an activity that never ends is an internal error that names it") {
  const auto kernel = make_simgrid_kernel(links({1e9, 1e9}));
  Recorder done(*kernel);
  // Our own checks refuse whatever could not end, so the flow is suspended behind their back.
  Script halt([](std::uint64_t) {
    for (auto* const model : simgrid::s4u::Engine::get_instance()->get_all_models())
      for (auto& action : *model->get_started_action_set()) action.suspend();
  });
  kernel->transfer(Route{0, 1}, Bytes(1000), done, 1);
  kernel->transfer(Route{0}, Bytes(10), done, 2);
  kernel->at(TimePoint(100), halt, 0);
  CHECK_THROWS_WITH(
      kernel->run(),
      Contains("flow of 1000 bytes over 'l0', 'l1' requested at 0 ns") && !Contains("flow of 10 "));
  CHECK(done.calls == Calls{{20, 2}});
}

TEST_CASE("an activity that ends after the end of time is an internal error that names it") {
  const auto kernel = make_simgrid_kernel(links({1e9}));
  Recorder done(*kernel);
  Script slow([](std::uint64_t) { simgrid::s4u::Link::by_name("link:l0")->set_bandwidth(1e-9); });
  kernel->transfer(Route{0}, Bytes(1000), done, 1);
  kernel->at(TimePoint(100), slow, 0);
  CHECK_THROWS_WITH(
      kernel->run(),
      Contains("flow of 1000 bytes over 'l0' requested at 0 ns to end within 292 years"));
  CHECK(done.calls.empty());
}

TEST_CASE("a flow whose link fails is an internal error") {
  const auto kernel = make_simgrid_kernel(links({1e9}));
  Recorder done(*kernel);
  Script cut([](std::uint64_t) { simgrid::s4u::Link::by_name("link:l0")->turn_off(); });
  kernel->transfer(Route{0}, Bytes(1000), done, 1);
  kernel->at(TimePoint(100), cut, 0);
  CHECK_THROWS_AS(kernel->run(), InternalError);
  CHECK(done.calls.empty());
}

TEST_CASE("requests that mean nothing are refused") {
  const auto kernel = make_simgrid_kernel(links({1e9}, 1));
  Recorder done(*kernel);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinite = std::numeric_limits<double>::infinity();
  CHECK_THROWS_AS(kernel->transfer(Route{}, Bytes(1), done, 0), InternalError);
  CHECK_THROWS_AS(kernel->transfer(Route{1}, Bytes(1), done, 0), InternalError);
  CHECK_THROWS_WITH(kernel->transfer(Route{0, 0}, Bytes(1), done, 0), Contains("'l0' twice"));
  for (const double amount : {-1.0, nan, infinite}) {
    CHECK_THROWS_AS(kernel->transfer(Route{0}, Bytes(amount), done, 0), InternalError);
    CHECK_THROWS_AS(kernel->compute(0, Seconds(amount), done, 0), InternalError);
  }
  CHECK_THROWS_AS(kernel->compute(1, Seconds(1), done, 0), InternalError);
  // 1e10 s are 317 years; a date ends at 292.
  CHECK_THROWS_AS(kernel->compute(0, Seconds(1e10), done, 0), InternalError);
  kernel->run();
  CHECK(done.calls.empty());
}

TEST_CASE("a second kernel in a process is an internal error") {
  { const auto first = make_simgrid_kernel({}); }
  CHECK_THROWS_AS(make_simgrid_kernel({}), InternalError);
}

TEST_CASE("running from inside a handler is an internal error") {
  const auto kernel = make_simgrid_kernel({});
  Script again([&](std::uint64_t) { kernel->run(); });
  kernel->at(TimePoint(1), again, 0);
  CHECK_THROWS_AS(kernel->run(), InternalError);
}

TEST_CASE("signal handlers stay those that were installed before") {
  for (const int number : {SIGINT, SIGSEGV, SIGBUS}) {
    struct sigaction mine {};
    mine.sa_handler = [](int) {};
    sigaction(number, &mine, nullptr);
  }
  const auto kernel = make_simgrid_kernel({});
  kernel->run();
  struct sigaction interrupt {};
  for (const int number : {SIGINT, SIGSEGV, SIGBUS}) {
    struct sigaction now {};
    sigaction(number, nullptr, &now);
    if (number == SIGINT) interrupt = now;
    CHECK(now.sa_handler == interrupt.sa_handler);
    CHECK(now.sa_handler != SIG_DFL);
    signal(number, SIG_DFL);
  }
  CHECK(interrupt.sa_handler != nullptr);
}

}  // namespace
}  // namespace headroom::test
