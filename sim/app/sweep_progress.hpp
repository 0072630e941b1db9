// sim/app/sweep_progress.hpp -- how far a sweep is, as one line on the terminal that is drawn over
// again.
#pragma once

#include <chrono>
#include <string>

#include "sim/app/sweep_runner.hpp"

namespace headroom {

// "[######------]  412 of 1,000 runs  12.3 runs/s  48 s left  3 failed". The rate is that of this
// call: what was recorded before took no time. Nothing is known of it before a run has ended.
std::string progress_line(const SweepCounts& counts, double elapsed_s);

class SweepProgress {
 public:
  explicit SweepProgress(bool visible);
  ~SweepProgress();  // clears the line
  SweepProgress(const SweepProgress&) = delete;
  SweepProgress& operator=(const SweepProgress&) = delete;

  void update(const SweepCounts& counts);

 private:
  using Clock = std::chrono::steady_clock;
  bool visible_;
  bool shown_ = false;
  Clock::time_point started_, next_line_;
};

}  // namespace headroom
