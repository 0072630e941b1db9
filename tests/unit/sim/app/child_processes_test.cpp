#include "sim/app/child_processes.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>

#include "sim/app/interrupt.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

TEST_CASE("results come in the order of the work, not of its end", "[app]") {
  const auto results = run_in_children(5, 3, [](int i) {
    ::usleep(static_cast<useconds_t>(20'000 * (5 - i)));
    return std::to_string(i * i);
  });
  CHECK(results == std::vector<std::string>{"0", "1", "4", "9", "16"});
}

TEST_CASE("a result larger than a pipe arrives whole", "[app]") {
  const auto results = run_in_children(
      2, 2, [](int i) { return std::string(3'000'000, static_cast<char>('a' + i)); });
  CHECK(results[1] == std::string(3'000'000, 'b'));
}

TEST_CASE("work happens in other processes", "[app]") {
  int touched = 0;
  run_in_children(1, 1, [&](int) {
    touched = 1;
    return std::string();
  });
  CHECK(touched == 0);
}

TEST_CASE("an exception of a child keeps its kind and its text", "[app]") {
  const auto failing = [](auto error) {
    return [error](int i) -> std::string {
      if (i == 1) throw error;
      return "";
    };
  };
  CHECK_THROWS_WITH(run_in_children(3, 2, failing(UserError("bad trace"))), "bad trace");
  CHECK_THROWS_AS(run_in_children(3, 2, failing(UserError("bad trace"))), UserError);
  CHECK_THROWS_AS(run_in_children(3, 2, failing(Unfinished("time limit"))), Unfinished);
  CHECK_THROWS_AS(run_in_children(3, 2, failing(Interrupted())), Interrupted);
  CHECK_THROWS_AS(run_in_children(3, 2, failing(InternalError("us"))), InternalError);
}

TEST_CASE("a child that dies is our bug and names the signal", "[app]") {
  CHECK_THROWS_WITH(run_in_children(1, 1, [](int) -> std::string { ::_exit(3); }),
                    Catch::Contains("without a result"));
  CHECK_THROWS_WITH(run_in_children(1, 1,
                                    [](int) -> std::string {
                                      ::raise(SIGKILL);
                                      return "";
                                    }),
                    Catch::Contains("signal 9"));
}

TEST_CASE("a failure does not wait for the others", "[app]") {
  const auto start = std::chrono::steady_clock::now();
  CHECK_THROWS_AS(run_in_children(2, 2,
                                  [](int i) -> std::string {
                                    if (i == 0) throw UserError("first");
                                    ::sleep(20);
                                    return "";
                                  }),
                  UserError);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(10));
}

}  // namespace
}  // namespace headroom
