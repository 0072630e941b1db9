// sim/engine/clocked_kernel.hpp -- what every kernel shares: the clock, the queue, and how one
// instant is drained. A kernel adds where the ends of activities come from, and who is asked before
// the clock advances.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/engine/event_queue.hpp"
#include "sim/engine/kernel.hpp"

namespace headroom {

class ClockedKernel : public Kernel {
 public:
  TimePoint now() const final { return now_; }
  EventId at(TimePoint date, EventHandler& handler, std::uint64_t token) final;
  bool cancel(EventId id) final { return queue_.cancel(id); }
  void at_end_of_instant(EventHandler& handler, std::uint64_t token) final;
  TimePoint next_event() const final { return queue_.next_date(); }
  void run() final;
  void stop() final { stopped_ = true; }

 protected:
  // Runs to the end, or until stopped(); called by run(), never twice at a time.
  virtual void run_instants() = 0;

  // Date of the next instant with something to do, now() included; kNever if there is none.
  TimePoint next_instant() const { return next_hook_ < hooks_.size() ? now_ : queue_.next_date(); }
  // Advances the clock to `date` and does all of that instant: its events in order, then the first
  // end-of-instant request, then events which that created, then the next request. Ends early when
  // stopped. Handlers' exceptions pass.
  void drain_instant(TimePoint date);
  bool stopped() const { return stopped_; }
  EventQueue& queue() { return queue_; }

 private:
  EventQueue queue_;
  TimePoint now_{0};
  std::vector<EventQueue::Event>
      hooks_;  // end-of-instant requests; those before next_hook_ are done
  std::size_t next_hook_ = 0;
  bool stopped_ = false;
  bool running_ = false;
};

}  // namespace headroom
