#include "sim/app/child_processes.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <iostream>
#include <new>
#include <string_view>

#include "sim/app/interrupt.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

// The first byte a child sends.
enum class Outcome : char {
  kDone = 'd',
  kUserError = 'u',
  kInterrupted = 'i',
  kUnfinished = 'l',
  kBug = 'b'
};

std::string message_of(Outcome outcome, std::string_view text) {
  return static_cast<char>(outcome) + std::string(text);
}

std::string attempt(const std::function<std::string(int)>& work, int index) {
  try {
    return message_of(Outcome::kDone, work(index));
  } catch (const UserError& error) {
    return message_of(Outcome::kUserError, error.what());
  } catch (const Interrupted& error) {
    return message_of(Outcome::kInterrupted, error.what());
  } catch (const Unfinished& error) {
    return message_of(Outcome::kUnfinished, error.what());
  } catch (const std::bad_alloc&) {
    return message_of(Outcome::kUserError, "error: not enough memory for this scenario");
  } catch (const std::exception& error) {
    return message_of(Outcome::kBug, error.what());
  }
}

void send_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::write(descriptor, text.data(), text.size());
    if (sent < 0 && errno != EINTR) return;  // the parent has gone; nobody is left to tell
    if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string unwrap(const std::string& message, int status) {
  if (message.empty())
    throw InternalError(WIFSIGNALED(status) ? "the process of a run was ended by signal " +
                                                  std::to_string(WTERMSIG(status))
                                            : "the process of a run ended without a result");
  const std::string text = message.substr(1);
  switch (static_cast<Outcome>(message[0])) {
    case Outcome::kDone:
      return text;
    case Outcome::kUserError:
      throw UserError(text);
    case Outcome::kInterrupted:
      throw Interrupted();
    case Outcome::kUnfinished:
      throw Unfinished(text);
    case Outcome::kBug:
      break;
  }
  throw InternalError(text);
}

class Children {
 public:
  explicit Children(const std::function<std::string(int)>& work) : work_(work) {}
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  // Nobody is left behind, whatever went wrong.
  ~Children() {
    for (const auto& child : running_) {
      ::kill(child.pid, SIGKILL);
      ::close(child.descriptor);
      ::waitpid(child.pid, nullptr, 0);
    }
  }

  std::size_t running() const { return running_.size(); }

  void start(int index) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0)
      throw UserError(std::string("error: cannot open a pipe: ") + std::strerror(errno));
    const pid_t pid = ::fork();
    if (pid < 0) {
      ::close(ends[0]);
      ::close(ends[1]);
      throw UserError(std::string("error: cannot start a process: ") + std::strerror(errno));
    }
    if (pid == 0) {
      ::close(ends[0]);
      send_all(ends[1], attempt(work_, index));
      ::_exit(0);  // neither the destructors nor the buffers of the parent are ours to run
    }
    ::close(ends[1]);
    running_.push_back({pid, ends[0], index, {}});
  }

  // Waits for something to arrive; moves the results of children that are done into `results`.
  void collect(std::vector<std::string>& results) {
    std::vector<pollfd> polled;
    for (const auto& child : running_) polled.push_back({child.descriptor, POLLIN, 0});
    const int ready = ::poll(polled.data(), polled.size(), 200);
    stop_if_interrupted();
    if (ready <= 0) return;
    for (std::size_t i = polled.size(); i-- > 0;)
      if (polled[i].revents != 0 && !receive(running_[i])) finish(i, results);
  }

 private:
  struct Child {
    pid_t pid;
    int descriptor;
    int index;
    std::string message;
  };

  // False at the end of what it sends.
  static bool receive(Child& child) {
    std::array<char, 65536> buffer{};
    const ssize_t got = ::read(child.descriptor, buffer.data(), buffer.size());
    if (got > 0) child.message.append(buffer.data(), static_cast<std::size_t>(got));
    return got > 0 || (got < 0 && errno == EINTR);
  }

  void finish(std::size_t i, std::vector<std::string>& results) {
    const Child child = std::move(running_[i]);
    running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
    ::close(child.descriptor);
    int status = 0;
    while (::waitpid(child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    results[static_cast<std::size_t>(child.index)] = unwrap(child.message, status);
  }

  const std::function<std::string(int)>& work_;
  std::vector<Child> running_;
};

}  // namespace

std::vector<std::string> run_in_children(int count, int jobs,
                                         const std::function<std::string(int)>& work) {
  std::cout.flush();
  std::cerr.flush();
  std::vector<std::string> results(static_cast<std::size_t>(count));
  Children children(work);
  int next = 0;
  while (next < count || children.running() > 0) {
    while (next < count && children.running() < static_cast<std::size_t>(jobs))
      children.start(next++);
    children.collect(results);
  }
  return results;
}

}  // namespace headroom
