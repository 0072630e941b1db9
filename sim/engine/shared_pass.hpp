// sim/engine/shared_pass.hpp -- a pass in which flows share: streams are queues that start their
// next operation when its predecessors have ended, parts that may share are flows in the kernel,
// everything else is a timer. Each layer that is complete is compared with the one before
// (steady_state.hpp); layers that repeat are written down and left out: what is running then is
// called an operation of a later layer, and the clock of the pass is set forward. The kernel sees
// nothing of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/base/units.hpp"
#include "sim/engine/kernel.hpp"
#include "sim/engine/op_table.hpp"
#include "sim/engine/pass_dates.hpp"
#include "sim/engine/steady_state.hpp"

namespace headroom {

class SharedPass final : public EventHandler {
 public:
  SharedPass(const OpTable& table, Kernel& kernel);

  // Fills in the dates of all layers; pre: they have been resized. Returns the layers skipped.
  std::int64_t run(PassDates& dates, bool extrapolate);

  void on_event(std::uint64_t token) override;

 private:
  // What the kernel calls back for.
  enum class Happening : std::uint8_t { kLatencyOver, kArithmeticOver, kFlowOver, kInstantOver };
  static std::uint64_t token(Happening what, StreamIndex stream, PartIndex part = 0);

  Duration now() const { return elapsed(origin_, kernel_.now()) + skipped_time_; }
  SlotIndex head(StreamIndex stream) const;
  bool may_start(StreamIndex stream) const;
  // Starts whatever can start now, until nothing can.
  void start_all();
  void start(StreamIndex stream);
  // Its latency is over: parts and private time side by side.
  void launch(StreamIndex stream);
  void one_less_outstanding(StreamIndex stream);
  void finish(StreamIndex stream);
  void leave_layer(StreamIndex stream);
  void skip_what_repeats();

  const OpTable& table_;
  Kernel& kernel_;
  SteadyState steady_;
  PassDates* dates_ = nullptr;
  bool extrapolate_ = true;
  TimePoint origin_{0};
  Duration skipped_time_{0};
  std::int64_t skipped_layers_ = 0;

  std::vector<StreamProgress> streams_;
  std::vector<std::uint32_t> outstanding_;  // by stream: flows and timers of what runs on it
  std::vector<std::uint32_t> kind_of_layer_;
  std::vector<Duration> flow_ends_;  // layer * parts + part
  std::vector<StreamIndex> to_try_;
  std::int64_t front_ = 0;            // the first layer that is not complete
  std::size_t streams_in_front_ = 0;  // still to leave it
  bool asked_for_end_of_instant_ = false;
};

}  // namespace headroom
