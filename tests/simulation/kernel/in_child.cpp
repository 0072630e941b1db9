#include "tests/simulation/kernel/in_child.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace headroom::test {
namespace {

[[noreturn]] void be_the_child(int out, const std::function<Calls()>& simulate) {
  int status = 1;
  try {
    const Calls calls = simulate();
    const auto* next = reinterpret_cast<const char*>(calls.data());
    std::size_t left = calls.size() * sizeof(Call);
    while (left > 0) {
      const ssize_t written = write(out, next, left);
      if (written <= 0) _exit(2);
      next += written;
      left -= static_cast<std::size_t>(written);
    }
    status = 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
  }
  _exit(status);  // without the exit handlers of the parent's test run
}

}  // namespace

Calls in_child(const std::function<Calls()>& simulate) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw std::runtime_error("no pipe");
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no child");
  if (child == 0) {
    close(ends[0]);
    be_the_child(ends[1], simulate);
  }
  close(ends[1]);
  Calls calls;
  std::FILE* const in = fdopen(ends[0], "rb");
  for (Call call{}; std::fread(&call, sizeof call, 1, in) == 1;) calls.push_back(call);
  std::fclose(in);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) throw std::runtime_error("the child failed");
  return calls;
}

}  // namespace headroom::test
