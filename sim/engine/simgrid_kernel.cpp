#include <algorithm>
#include <cmath>
#include <cstdint>
#include <exception>
#include <memory>
#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u/Activity.hpp>
#include <simgrid/s4u/Engine.hpp>
#include <utility>
#include <vector>

#include "sim/base/check.hpp"
#include "sim/engine/clocked_kernel.hpp"
#include "sim/engine/flight_table.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/platform/simgrid_platform.hpp"

namespace headroom {
namespace {

namespace s4u = simgrid::s4u;
using simgrid::kernel::timer::Timer;

// Half of a nanosecond: completions earlier than this after an instant belong to it.
constexpr Seconds kHalfTick{0.5e-9};

double simgrid_date(TimePoint t) { return to_seconds(t).value; }
bool simgrid_is_before(TimePoint t) { return s4u::Engine::get_clock() < simgrid_date(t); }

// All handlers are called from one SimGrid timer, never from a completion: SimGrid fires timers
// before the completions of the same date, and in no order among themselves, so a completion is
// only entered into the queue, and the timer acts once every completion of the instant is in. An
// exception stays on our side of SimGrid's frames; run() throws it again.
class SimgridKernel final : public ClockedKernel {
 public:
  SimgridKernel(const Platform& platform, const KernelOptions& options);
  ~SimgridKernel() override;

  void transfer(std::span<const LinkId> route, Bytes bytes, EventHandler& handler,
                std::uint64_t token) override {
    request(flights_.add_transfer(route, bytes), handler, token);
  }
  void compute(ComputeId resource, Seconds work, EventHandler& handler,
               std::uint64_t token) override {
    request(flights_.add_compute(resource, work), handler, token);
  }

 private:
  void run_instants() override;

  void request(FlightIndex index, EventHandler& handler, std::uint64_t token);
  void start_requested();
  void start(FlightIndex index);
  void on_completion(const s4u::Activity& activity) noexcept;
  TimePoint date_of_end(FlightIndex index) const;

  void wake_at(TimePoint date);
  void on_timer() noexcept;
  void advance();

  // SimGrid's signals are global and outlive whoever listens.
  static SimgridKernel* listener_;

  const bool every_instant_through_simgrid_;
  SimgridPlatform simgrid_;
  FlightTable flights_;  // after SimGrid: it must be able to end what is left in flight
  std::vector<FlightIndex> requested_;  // start when the instant is over
  Timer* timer_ = nullptr;              // the one that is set, if any
  std::exception_ptr failure_;
  bool abandoned_ = false;  // activities ended after stop() or a failure, and nobody was told
};

SimgridKernel* SimgridKernel::listener_ = nullptr;

SimgridKernel::SimgridKernel(const Platform& platform, const KernelOptions& options)
    : every_instant_through_simgrid_(options.every_instant_through_simgrid),
      simgrid_(platform),
      flights_(platform) {
  listener_ = this;
  s4u::Activity::on_completion_cb([](const s4u::Activity& activity) {
    if (listener_ != nullptr) listener_->on_completion(activity);
  });
}

SimgridKernel::~SimgridKernel() {
  listener_ = nullptr;
  if (timer_ != nullptr) timer_->remove();
}

void SimgridKernel::request(FlightIndex index, EventHandler& handler, std::uint64_t token) {
  Flight& flight = flights_[index];
  constexpr double kEndOfTime = 9.2e9;  // s; just below the largest TimePoint
  HEADROOM_CHECK(flight.time_alone().value < kEndOfTime - to_seconds(now()).value,
                 "expected an activity that ends within 292 years, got one of ",
                 flight.time_alone().value, " s");
  flight.event = queue().reserve(handler, token);
  flight.start = now();
  if (flight.amount > 0) {
    requested_.push_back(index);
    return;
  }
  queue().schedule(flight.event, now());
  flights_.drop(index);
}

// At the end of an instant, with SimGrid's clock at its date or up to half a nanosecond past it.
void SimgridKernel::start_requested() {
  for (const FlightIndex index : requested_) flights_.occupy(index);
  for (const FlightIndex index : requested_) start(index);
  requested_.clear();
}

void SimgridKernel::start(FlightIndex index) {
  Flight& flight = flights_[index];
  flight.started_alone = flights_.is_alone(index);
  double amount = flight.amount;
  if (flight.started_alone) {
    // What it would have done since the instant, had SimGrid's clock stood at the instant exactly.
    const double late = s4u::Engine::get_clock() - simgrid_date(flight.start);
    if (late > 0) amount -= late * flight.rate;
  }
  if (amount <= 0) {  // less than half a nanosecond of work
    queue().schedule(flight.event, now());
    flights_.land(index);
    return;
  }
  void* const data =
      reinterpret_cast<void*>(std::uintptr_t{index});  // NOLINT(performance-no-int-to-ptr)
  flight.activity = flight.is_compute ? simgrid_.start_compute(
                                            flight.resources.front() - flights_.first_compute(),
                                            Seconds(amount), data)
                                      : simgrid_.start_flow(flight.resources, Bytes(amount), data);
}

void SimgridKernel::on_completion(const s4u::Activity& activity) noexcept {
  const auto index =
      static_cast<FlightIndex>(reinterpret_cast<std::uintptr_t>(activity.get_data<void>()));
  if (stopped() || failure_) {
    abandoned_ = true;
  } else {
    try {
      HEADROOM_CHECK(activity.get_state() == s4u::Activity::State::FINISHED, "expected ",
                     flights_.describe(index), " to finish, it is ", activity.get_state_str());
      queue().schedule(flights_[index].event, date_of_end(index));
    } catch (...) {
      failure_ = std::current_exception();
    }
  }
  flights_.land(index);
  if (!abandoned_ && !failure_) wake_at(queue().next_date());
}

TimePoint SimgridKernel::date_of_end(FlightIndex index) const {
  const Flight& flight = flights_[index];
  const double ns = s4u::Engine::get_clock() * kNanosecondsPerSecond;
  HEADROOM_CHECK(ns < static_cast<double>(kNever.value), "expected ", flights_.describe(index),
                 " to end within 292 years");
  TimePoint date(std::llround(ns));
  if (flights_.was_alone_throughout(index)) {
    const TimePoint alone = flight.start + to_duration(flight.time_alone());
    // SimGrid decides; we only choose on which side of a half nanosecond it falls, and its clock
    // has 53 bits.
    HEADROOM_CHECK(
        std::abs(elapsed(alone, date).value) <= 1 + static_cast<std::int64_t>(ns * 1e-15),
        "expected ", flights_.describe(index), " to end at ", alone.value, " ns, SimGrid says ",
        ns);
    date = alone;
  }
  return std::max(now(), date);
}

// Sees to it that advance() is called again at `date` or earlier. SimGrid fires what is past at
// once.
void SimgridKernel::wake_at(TimePoint date) {
  const double when = std::max(simgrid_date(date), s4u::Engine::get_clock());
  if (timer_ != nullptr) {
    if (timer_->get_date() <= when) return;
    timer_->remove();
  }
  timer_ = Timer::set(when, [this] { on_timer(); });
}

void SimgridKernel::on_timer() noexcept {
  timer_ = nullptr;
  flights_.release_landed();
  if (failure_ || stopped()) return;
  try {
    advance();
  } catch (...) {
    failure_ = std::current_exception();
  }
}

// Does all instants that need not wait for SimGrid, and has itself called again for the next one
// that does.
void SimgridKernel::advance() {
  while (!stopped()) {
    if (!requested_.empty()) {
      if (simgrid_is_before(now())) return wake_at(now());
      start_requested();
    }
    const TimePoint next = next_instant();
    if (next == kNever) {
      if (simgrid_is_before(now())) wake_at(now());  // its clock ends where ours does
      return;
    }
    if (flights_.in_flight() > 0 || every_instant_through_simgrid_) {
      if (simgrid_is_before(next)) return wake_at(next);
      // The rest of this instant is still to come; its completion wakes us.
      const Seconds past{s4u::Engine::get_clock() - simgrid_date(next)};
      if (flights_.in_flight() > 0 && simgrid_.completes_within(kHalfTick - past)) return;
    }
    drain_instant(next);
  }
}

void SimgridKernel::run_instants() {
  HEADROOM_CHECK(!abandoned_,
                 "expected no run() after one that was stopped with activities in flight");
  failure_ = nullptr;
  if (next_instant() == kNever && requested_.empty()) return;
  wake_at(now());
  simgrid_.engine().run();
  flights_.release_landed();
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
  HEADROOM_CHECK(stopped() || flights_.in_flight() == 0,
                 "expected every activity to end, these never will:\n",
                 flights_.describe_in_flight());
}

}  // namespace

std::unique_ptr<Kernel> make_simgrid_kernel(const Platform& platform,
                                            const KernelOptions& options) {
  return std::make_unique<SimgridKernel>(platform, options);
}

}  // namespace headroom
