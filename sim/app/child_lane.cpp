#include "sim/app/child_lane.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#include "sim/app/human_number.hpp"
#include "sim/app/interrupt.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

using Kind = ChildResult::Kind;
using Clock = std::chrono::steady_clock;

bool send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::write(descriptor, text.data(), text.size());
    if (sent < 0 && errno != EINTR) return false;
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string message_of(Kind kind, std::string_view text) {
  return static_cast<char>(kind) + std::string(text);
}

std::string attempt(const ChildPool::Work& work, std::string_view request) {
  try {
    return message_of(Kind::kDone, work(request));
  } catch (const UserError& error) {
    return message_of(Kind::kUserError, error.what());
  } catch (const Interrupted& error) {
    return message_of(Kind::kInterrupted, error.what());
  } catch (const Unfinished& error) {
    return message_of(Kind::kUnfinished, error.what());
  } catch (const std::bad_alloc&) {
    return message_of(Kind::kOutOfMemory, "");
  } catch (const std::exception& error) {
    return message_of(Kind::kBug, error.what());
  }
}

// Dies with its parent, also when that has died before this call.
void die_with(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
}

// When memory runs out the system ends the process with the highest score: a run rather than the
// process that writes the results. No privilege is needed to raise one's own; it does not matter
// where this fails.
void volunteer_for_memory_shortage() {
  const int file = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) return;
  send_all(file, "900");
  ::close(file);
}

[[noreturn]] void run_child(int output, const ChildPool::Work& work, std::string_view request,
                            const ChildLimits& limits) {
  volunteer_for_memory_shortage();
  if (limits.memory_bytes) {
    const auto bytes = static_cast<rlim_t>(*limits.memory_bytes);
    const rlimit limit{bytes, bytes};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  catch_interrupts();
  send_all(output, attempt(work, request));
  ::_exit(0);  // neither the destructors nor the buffers of the parent are ours to run
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

std::string death(int status) {
  if (!WIFSIGNALED(status)) return "its process ended without a result";
  const int signal = WTERMSIG(status);
  std::string text = "its process was ended by signal " + std::to_string(signal) + " (" +
                     ::strsignal(signal) + ')';
  if (signal == SIGKILL) text += ": by the system when memory ran out, or by somebody";
  return text;
}

// Everything the child says, until it ends or its time is over. False for the latter.
bool collect(int input, std::optional<Clock::time_point> deadline, std::string& message) {
  std::array<char, 65536> buffer{};
  for (;;) {
    int patience = -1;
    if (deadline) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count();
      if (left <= 0) return false;
      patience = static_cast<int>(std::min<std::int64_t>(left + 1, 60'000));
    }
    pollfd polled{input, POLLIN, 0};
    if (::poll(&polled, 1, patience) <= 0) continue;
    const ssize_t got = ::read(input, buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EINTR)) return true;
    if (got > 0) message.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

ChildResult outcome_of(const std::string& message, int status, bool in_time,
                       const ChildLimits& limits) {
  ChildResult result;
  if (!in_time) {
    result.kind = Kind::kOutOfTime;
    result.text = "time limit of " + human_time(limits.wall_time->value) + " reached";
  } else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || message.empty()) {
    result.text = death(status);
  } else {
    result.kind = static_cast<Kind>(message.front());
    result.text = message.substr(1);
  }
  if (result.kind == Kind::kOutOfMemory)
    result.text = limits.memory_bytes ? "more memory than the limit of " +
                                            human_bytes(static_cast<double>(*limits.memory_bytes))
                                      : "not enough memory for this scenario";
  return result;
}

ChildResult work_off(std::string_view request, const ChildPool::Work& work,
                     const ChildLimits& limits) {
  ChildResult failed;
  std::array<int, 2> ends{};
  const pid_t self = ::getpid();
  const pid_t child = ::pipe(ends.data()) == 0 ? ::fork() : -1;
  if (child < 0) {
    failed.text = std::string("no process could be started: ") + std::strerror(errno);
    return failed;
  }
  if (child == 0) {
    die_with(self);
    ::close(ends[0]);
    run_child(ends[1], work, request, limits);
  }
  ::close(ends[1]);
  const auto start = Clock::now();
  std::optional<Clock::time_point> deadline;
  if (limits.wall_time)
    deadline = start + std::chrono::duration_cast<Clock::duration>(
                           std::chrono::duration<double>(limits.wall_time->value));
  std::string message;
  const bool in_time = collect(ends[0], deadline, message);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);
  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  ChildResult result = outcome_of(message, status, in_time, limits);
  result.wall_s = std::chrono::duration<double>(Clock::now() - start).count();
  result.cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  result.peak_rss_bytes = std::int64_t{usage.ru_maxrss} * 1024;  // Linux counts KiB
  return result;
}

}  // namespace

void run_lane(int socket, const ChildPool::Work& work, const ChildLimits& limits) {
  // Ctrl-C reaches the whole group: the process that decides what to do is the one that made us.
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
  std::string received;
  std::array<char, 4096> buffer{};
  for (;;) {
    while (auto request = take_frame(received)) {
      const ChildResult result = work_off(*request, work, limits);
      if (!send_frame(socket, packed_result(result))) ::_exit(0);
    }
    const ssize_t got = ::read(socket, buffer.data(), buffer.size());
    if (got == 0 || (got < 0 && errno != EINTR)) ::_exit(0);
    if (got > 0) received.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

bool send_frame(int descriptor, std::string_view text) {
  const std::uint64_t size = text.size();
  std::array<char, sizeof size> header{};
  std::memcpy(header.data(), &size, sizeof size);
  return send_all(descriptor, {header.data(), header.size()}) && send_all(descriptor, text);
}

std::optional<std::string> take_frame(std::string& received) {
  std::uint64_t size = 0;
  if (received.size() < sizeof size) return std::nullopt;
  std::memcpy(&size, received.data(), sizeof size);
  if (received.size() < sizeof size + size) return std::nullopt;
  std::string text = received.substr(sizeof size, size);
  received.erase(0, sizeof size + size);
  return text;
}

std::string packed_result(const ChildResult& result) {
  struct {
    double wall_s, cpu_s;
    std::int64_t peak_rss_bytes;
  } const facts{result.wall_s, result.cpu_s, result.peak_rss_bytes};
  std::string text(1 + sizeof facts, static_cast<char>(result.kind));
  std::memcpy(text.data() + 1, &facts, sizeof facts);
  return text + result.text;
}

ChildResult unpacked_result(std::string_view text) {
  ChildResult result;
  constexpr std::size_t kFacts = 2 * sizeof(double) + sizeof(std::int64_t);
  HEADROOM_CHECK(text.size() >= 1 + kFacts, "a whole result of a child, got ", text.size(),
                 " bytes");
  result.kind = static_cast<Kind>(text.front());
  std::memcpy(&result.wall_s, text.data() + 1, sizeof(double));
  std::memcpy(&result.cpu_s, text.data() + 1 + sizeof(double), sizeof(double));
  std::memcpy(&result.peak_rss_bytes, text.data() + 1 + 2 * sizeof(double), sizeof(std::int64_t));
  result.text = text.substr(1 + kFacts);
  return result;
}

}  // namespace headroom
