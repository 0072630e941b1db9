// sim/app/child_pool.hpp -- pieces of work in processes of their own, as many at once as there are
// lanes: SimGrid allows one engine per process, ever.
//
// A lane is a process that is forked when the pool is made, and forks one child per piece of work
// (a zygote): what this process does later, such as opening a database, is never in a child. A lane
// watches its child: it ends one that takes too long, and reports how one died. When this process
// dies, however it dies, lanes and children die with it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

struct ChildResult {
  enum class Kind : char {
    kDone = 'd',
    kUserError = 'u',
    kInterrupted = 'i',
    kUnfinished = 'f',
    kBug = 'b',
    kOutOfMemory = 'm',
    kOutOfTime = 't',
    kDied = 'k'
  };
  Kind kind = Kind::kDied;
  std::string text;  // what the work returned, or what an exception or the lane says of it
  // Of the child; 0 when its lane died too.
  double wall_s = 0, cpu_s = 0;
  std::int64_t peak_rss_bytes = 0;
};

struct ChildLimits {
  std::optional<Seconds> wall_time;          // ended by SIGKILL
  std::optional<std::int64_t> memory_bytes;  // of address space (RLIMIT_AS)
};

class ChildPool {
 public:
  using Work = std::function<std::string(std::string_view request)>;

  // Pre: no thread, no SimGrid engine and no database connection exists. Throws UserError when the
  // system refuses a process.
  ChildPool(int lanes, const Work& work, const ChildLimits& limits = {});
  ~ChildPool();  // nobody is left behind, whatever went wrong
  ChildPool(const ChildPool&) = delete;
  ChildPool& operator=(const ChildPool&) = delete;

  bool has_lanes() const;  // false when somebody has ended all of them
  bool has_free_lane() const;
  bool is_idle() const;  // nothing is being worked on
  // Pre: has_free_lane().
  void start(std::int64_t ticket, std::string_view request);

  struct Finished {
    std::int64_t ticket = 0;
    ChildResult result;
  };
  // The next that is done; nothing after `patience`, or when a signal arrives.
  std::optional<Finished> wait(std::chrono::milliseconds patience);

 private:
  struct Lane {
    pid_t pid = -1;
    int socket = -1;  // -1: the lane has died
    std::optional<std::int64_t> ticket;
    std::string received;
  };
  void open_lane(const Work& work, const ChildLimits& limits);
  std::optional<Finished> receive(Lane& lane);
  static void close_lane(Lane& lane);

  std::vector<Lane> lanes_;
};

}  // namespace headroom
