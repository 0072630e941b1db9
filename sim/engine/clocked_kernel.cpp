#include "sim/engine/clocked_kernel.hpp"

#include "sim/base/check.hpp"

namespace headroom {

EventId ClockedKernel::at(TimePoint date, EventHandler& handler, std::uint64_t token) {
  HEADROOM_CHECK(date >= now_, "expected an event at or after now (", now_.value, " ns), got ",
                 date.value, " ns");
  HEADROOM_CHECK(date < kNever, "expected an event that can happen, got one at the end of time");
  return queue_.add(date, handler, token);
}

void ClockedKernel::at_end_of_instant(EventHandler& handler, std::uint64_t token) {
  hooks_.push_back({&handler, token});
}

void ClockedKernel::run() {
  HEADROOM_CHECK(!running_, "expected run() from outside of it, got it from a handler");
  struct Running {
    explicit Running(bool& flag) : flag_(flag) { flag_ = true; }
    ~Running() { flag_ = false; }
    bool& flag_;
  } const running(running_);
  stopped_ = false;
  run_instants();
}

void ClockedKernel::drain_instant(TimePoint date) {
  now_ = date;
  while (!stopped_) {
    if (queue_.next_date() == date) {
      const EventQueue::Event event = queue_.take();
      event.handler->on_event(event.token);
    } else if (next_hook_ < hooks_.size()) {
      const EventQueue::Event hook = hooks_[next_hook_++];
      if (next_hook_ == hooks_.size()) {
        hooks_.clear();
        next_hook_ = 0;
      }
      hook.handler->on_event(hook.token);
    } else {
      return;
    }
  }
}

}  // namespace headroom
