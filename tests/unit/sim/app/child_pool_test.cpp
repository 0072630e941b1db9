#include "sim/app/child_pool.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <map>

namespace headroom {
namespace {

using Kind = ChildResult::Kind;

ChildResult result_of(const ChildPool::Work& work, const ChildLimits& limits = {}) {
  ChildPool pool(1, work, limits);
  pool.start(7, "");
  for (;;)
    if (const auto finished = pool.wait(std::chrono::milliseconds(100))) {
      CHECK(finished->ticket == 7);
      CHECK(pool.is_idle());
      CHECK(pool.has_free_lane());
      return finished->result;
    }
}

TEST_CASE("every piece of work is done once by as many lanes as there are", "[app]") {
  ChildPool pool(3, [](std::string_view request) { return std::string(request) + '!'; });
  std::map<std::int64_t, std::string> results;
  std::int64_t next = 0;
  while (results.size() < 20) {
    for (; next < 20 && pool.has_free_lane(); ++next) pool.start(next, std::to_string(next));
    if (const auto finished = pool.wait(std::chrono::milliseconds(100))) {
      CHECK(finished->result.kind == Kind::kDone);
      CHECK(results.emplace(finished->ticket, finished->result.text).second);
    }
  }
  for (const auto& [ticket, text] : results) CHECK(text == std::to_string(ticket) + '!');
}

TEST_CASE("no child sees what an earlier one did", "[app]") {
  int touched = 0;
  ChildPool pool(1, [&](std::string_view) { return std::to_string(++touched); });
  for (int i = 0; i < 3; ++i) {
    pool.start(i, "");
    auto finished = pool.wait(std::chrono::seconds(10));
    REQUIRE(finished);
    CHECK(finished->result.text == "1");
  }
}

TEST_CASE("a child that takes too long is ended and says so without a measured time", "[app]") {
  const ChildResult result = result_of(
      [](std::string_view) -> std::string {
        for (;;) ::pause();
      },
      {.wall_time = Seconds(0.05), .memory_bytes = {}});
  CHECK(result.kind == Kind::kOutOfTime);
  CHECK(result.text == "time limit of 50 ms reached");
  CHECK(result.wall_s >= 0.05);
}

TEST_CASE("a child that wants too much memory names the limit", "[app]") {
#ifdef __SANITIZE_ADDRESS__
  WARN("SKIPPED: the address sanitizer reserves more than any limit");
  return;
#endif
  const ChildResult result = result_of(
      [](std::string_view) {
        std::string large(std::size_t{2} << 30, 'x');
        return large.substr(0, 1);
      },
      {.wall_time = {}, .memory_bytes = std::int64_t{1} << 30});
  CHECK(result.kind == Kind::kOutOfMemory);
  CHECK(result.text == "more memory than the limit of 1 GiB");
}

TEST_CASE("a child that crashes names the signal and the next one works", "[app]") {
  ChildPool pool(1, [](std::string_view request) -> std::string {
    if (request == "crash") {
      ::signal(SIGSEGV, SIG_DFL);  // not the test framework's
      ::raise(SIGSEGV);
    }
    if (request == "killed") ::raise(SIGKILL);
    return "fine";
  });
  const auto result = [&](std::string_view request) {
    pool.start(0, request);
    for (;;)
      if (auto finished = pool.wait(std::chrono::seconds(10))) return finished->result;
  };
#ifndef __SANITIZE_ADDRESS__
  CHECK(result("crash").text == "its process was ended by signal 11 (Segmentation fault)");
#endif
  CHECK_THAT(result("killed").text,
             Catch::StartsWith("its process was ended by signal 9 (Killed)"));
  CHECK(result("fine").text == "fine");
}

TEST_CASE("work in progress dies with the process that wants it however that dies", "[app]") {
  std::array<int, 2> pipe_ends{};
  REQUIRE(::pipe(pipe_ends.data()) == 0);
  const pid_t owner = ::fork();
  if (owner == 0) {
    ChildPool pool(2, [&](std::string_view) -> std::string {
      const char started = 's';
      if (::write(pipe_ends[1], &started, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    });
    pool.start(0, "");
    pool.start(1, "");
    for (;;) pool.wait(std::chrono::seconds(1));
  }
  ::close(pipe_ends[1]);
  char byte = 0;
  REQUIRE(::read(pipe_ends[0], &byte, 1) == 1);
  REQUIRE(::read(pipe_ends[0], &byte, 1) == 1);
  REQUIRE(::kill(owner, SIGKILL) == 0);
  // Lanes and children hold the other end: it closes when the last of them is gone.
  CHECK(::read(pipe_ends[0], &byte, 1) == 0);
  ::close(pipe_ends[0]);
  ::waitpid(owner, nullptr, 0);
}

TEST_CASE("a lane that is ended fails its work and is not used again", "[app]") {
  ChildPool pool(1, [](std::string_view) -> std::string {
    ::kill(::getppid(), SIGKILL);
    for (;;) ::pause();
  });
  pool.start(3, "");
  std::optional<ChildPool::Finished> finished;
  while (!finished) finished = pool.wait(std::chrono::seconds(1));
  CHECK(finished->ticket == 3);
  CHECK(finished->result.kind == Kind::kDied);
  CHECK_FALSE(pool.has_lanes());
  CHECK_FALSE(pool.has_free_lane());
  CHECK(pool.is_idle());
}

}  // namespace
}  // namespace headroom
