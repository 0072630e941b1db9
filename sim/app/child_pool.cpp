#include "sim/app/child_pool.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <utility>

#include "sim/app/child_lane.hpp"
#include "sim/base/check.hpp"

namespace headroom {

ChildPool::ChildPool(int lanes, const Work& work, const ChildLimits& limits) {
  std::cout.flush();
  std::cerr.flush();
  try {
    for (int i = 0; i < lanes; ++i) open_lane(work, limits);
  } catch (...) {
    for (auto& lane : lanes_) close_lane(lane);
    throw;
  }
}

ChildPool::~ChildPool() {
  for (auto& lane : lanes_) close_lane(lane);
}

void ChildPool::open_lane(const Work& work, const ChildLimits& limits) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw UserError(std::string("error: cannot talk to another process: ") + std::strerror(errno));
  const pid_t self = ::getpid();
  const pid_t pid = ::fork();
  if (pid < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    throw UserError(std::string("error: cannot start a process: ") + std::strerror(errno));
  }
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != self) ::_exit(1);
    // Otherwise this lane would hold the others open.
    for (const auto& lane : lanes_) ::close(lane.socket);
    ::close(ends[0]);
    run_lane(ends[1], work, limits);
  }
  ::close(ends[1]);
  lanes_.push_back({pid, ends[0], {}, {}});
}

void ChildPool::close_lane(Lane& lane) {
  if (lane.socket < 0) return;
  ::kill(lane.pid, SIGKILL);  // its child dies with it
  ::close(std::exchange(lane.socket, -1));
  while (::waitpid(lane.pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildPool::has_free_lane() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.socket >= 0 && !lane.ticket; });
}

bool ChildPool::has_lanes() const {
  return std::any_of(lanes_.begin(), lanes_.end(),
                     [](const Lane& lane) { return lane.socket >= 0; });
}

bool ChildPool::is_idle() const {
  return std::none_of(lanes_.begin(), lanes_.end(),
                      [](const Lane& lane) { return lane.ticket.has_value(); });
}

void ChildPool::start(std::int64_t ticket, std::string_view request) {
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(),
                                 [](const Lane& l) { return l.socket >= 0 && !l.ticket; });
  HEADROOM_CHECK(lane != lanes_.end(), "a lane is free for ticket ", ticket);
  lane->ticket = ticket;
  send_frame(lane->socket, request);  // a lane that has died is seen when its answer is read
}

std::optional<ChildPool::Finished> ChildPool::wait(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  std::vector<pollfd> polled;
  for (const auto& lane : lanes_) polled.push_back({lane.ticket ? lane.socket : -1, POLLIN, 0});
  for (auto left = patience; left.count() >= 0;) {
    if (::poll(polled.data(), polled.size(), static_cast<int>(left.count())) <= 0)
      return std::nullopt;
    for (std::size_t i = 0; i < lanes_.size(); ++i)
      if (polled[i].revents != 0)
        if (auto finished = receive(lanes_[i])) return finished;
    // Part of a result: the rest is on its way.
    left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline -
                                                                 std::chrono::steady_clock::now());
  }
  return std::nullopt;
}

std::optional<ChildPool::Finished> ChildPool::receive(Lane& lane) {
  std::array<char, 65536> buffer{};
  const ssize_t got = ::recv(lane.socket, buffer.data(), buffer.size(), 0);
  if (got > 0) {
    lane.received.append(buffer.data(), static_cast<std::size_t>(got));
    const auto frame = take_frame(lane.received);
    if (!frame) return std::nullopt;
    lane.received.shrink_to_fit();
    return Finished{*std::exchange(lane.ticket, std::nullopt), unpacked_result(*frame)};
  }
  if (got < 0 && errno == EINTR) return std::nullopt;
  close_lane(lane);
  Finished finished{*std::exchange(lane.ticket, std::nullopt), {}};
  finished.result.text = "the process that started it was ended";
  return finished;
}

}  // namespace headroom
