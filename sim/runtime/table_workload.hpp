// sim/runtime/table_workload.hpp -- a RequestTable as a workload: replayed at its arrival dates, or
// in a closed loop.
#pragma once

#include <cstddef>

#include "sim/serving/request.hpp"
#include "sim/serving/workload.hpp"

namespace headroom {

// Open loop: every request arrives at its date, whatever happened to the others.
// Closed loop (max_concurrency > 0): so many clients start at time 0, in table order; each sends
// its next request at the moment its last one ends. Sequence ids are table rows either way.
class TableWorkload final : public Workload {
 public:
  explicit TableWorkload(const RequestTable& table) : table_(table) {}

  void on_event(const WorkloadEvent& event, Actions& actions) override;
  bool wants(EventKind kind) const override;
  TimePoint quiet_until() const override;

 private:
  bool is_closed_loop() const { return table_.max_concurrency > 0; }
  void submit_next(Actions& actions);
  void submit_due(TimePoint now, Actions& actions);

  const RequestTable& table_;
  std::size_t next_ = 0;
};

}  // namespace headroom
