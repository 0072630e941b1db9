#include "tests/bench/measured_process.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <ctime>
#include <iostream>
#include <stdexcept>

namespace headroom::bench {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

ProcessCost run_process(const std::vector<std::string>& command) {
  std::cout.flush();
  const auto start = std::chrono::steady_clock::now();
  const pid_t pid = ::fork();
  if (pid == 0) {
    const int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(nothing, STDOUT_FILENO);
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  rusage usage{};
  if (pid < 0 || ::wait4(pid, &status, 0, &usage) != pid) return {};
  ProcessCost cost;
  cost.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  cost.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  cost.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  cost.peak_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;
  return cost;
}

WorkCost measure_in_child(const std::function<double()>& work) {
  std::cout.flush();
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) throw std::runtime_error("cannot open a pipe");
  const pid_t pid = ::fork();
  if (pid == 0) {
    WorkCost cost;
    const double start = cpu_seconds();
    cost.result = work();
    cost.cpu_s = cpu_seconds() - start;
    const bool sent = ::write(ends[1], &cost, sizeof cost) == static_cast<ssize_t>(sizeof cost);
    ::_exit(sent ? 0 : 1);
  }
  ::close(ends[1]);
  WorkCost cost;
  const bool received = ::read(ends[0], &cost, sizeof cost) == static_cast<ssize_t>(sizeof cost);
  ::close(ends[0]);
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (!received) throw std::runtime_error("a measured piece of work failed");
  return cost;
}

WorkCost cheapest_in_child(int times, const std::function<double()>& work) {
  WorkCost best = measure_in_child(work);
  for (int i = 1; i < times; ++i) {
    const WorkCost cost = measure_in_child(work);
    if (cost.cpu_s < best.cpu_s) best = cost;
  }
  return best;
}

}  // namespace headroom::bench
