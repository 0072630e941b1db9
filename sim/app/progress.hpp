// sim/app/progress.hpp -- looked at now and then while a simulation runs: Ctrl-C, the time limit, a
// line on the terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "sim/base/units.hpp"

namespace headroom {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  Progress(std::int64_t requests, Clock::time_point started, std::optional<Seconds> time_limit,
           bool visible);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Throws Interrupted or Unfinished.
  void update(std::int64_t ended, TimePoint now);

 private:
  std::int64_t requests_;
  Clock::time_point started_, next_line_;
  std::optional<Seconds> time_limit_;
  bool visible_;
  bool shown_ = false;
};

// Whether stderr is a terminal: nothing else gets a progress line.
bool is_terminal_watching();

}  // namespace headroom
