#include "sim/app/progress.hpp"

#include <unistd.h>

#include <iostream>

#include "sim/app/human_number.hpp"
#include "sim/app/interrupt.hpp"

namespace headroom {
namespace {

constexpr auto kBetweenLines = std::chrono::milliseconds(300);

}  // namespace

Progress::Progress(std::int64_t requests, Clock::time_point started,
                   std::optional<Seconds> time_limit, bool visible)
    : requests_(requests),
      started_(started),
      next_line_(started + kBetweenLines),
      time_limit_(time_limit),
      visible_(visible) {}

Progress::~Progress() {
  if (shown_) std::cerr << "\r\x1b[K" << std::flush;
}

void Progress::update(std::int64_t ended, TimePoint now) {
  stop_if_interrupted();
  if (!time_limit_ && !visible_) return;
  const auto date = Clock::now();
  const std::chrono::duration<double> spent = date - started_;
  if (time_limit_ && spent.count() > time_limit_->value)
    throw Unfinished("error: time limit of " + human_time(time_limit_->value) + " reached with " +
                     human_count(ended) + " of " + human_count(requests_) + " requests done at " +
                     human_time(to_seconds(now).value) + " simulated; nothing was recorded");
  if (!visible_ || date < next_line_) return;
  next_line_ = date + kBetweenLines;
  shown_ = true;
  std::cerr << "\r\x1b[K" << human_count(ended) << " of " << human_count(requests_) << " requests, "
            << human_time(to_seconds(now).value) << " simulated" << std::flush;
}

bool is_terminal_watching() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace headroom
