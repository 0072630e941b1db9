#include "sim/runtime/table_workload.hpp"

#include <limits>

namespace headroom {

bool TableWorkload::wants(EventKind kind) const {
  const bool ends = kind == EventKind::kFinished || kind == EventKind::kRejected;
  return is_closed_loop() && ends;
}

TimePoint TableWorkload::quiet_until() const {
  if (is_closed_loop() || next_ >= table_.requests.size())
    return TimePoint{std::numeric_limits<std::int64_t>::max()};
  return table_.requests[next_].arrival;
}

void TableWorkload::on_event(const WorkloadEvent& event, Actions& actions) {
  if (!is_closed_loop()) {
    submit_due(event.now, actions);
    return;
  }
  if (event.kind != EventKind::kStart) {
    submit_next(actions);
    return;
  }
  for (std::int64_t client = 0; client < table_.max_concurrency; ++client) submit_next(actions);
}

void TableWorkload::submit_next(Actions& actions) {
  if (next_ >= table_.requests.size()) return;
  const Request& r = table_.requests[next_++];
  actions.submit({.prompt_tokens = r.prompt_tokens,
                  .output_tokens = r.output_tokens,
                  .hash_offset = r.hash_offset,
                  .hash_count = r.hash_count,
                  .class_id = r.class_id,
                  .priority = r.priority});
}

void TableWorkload::submit_due(TimePoint now, Actions& actions) {
  while (next_ < table_.requests.size() && table_.requests[next_].arrival <= now)
    submit_next(actions);
  if (next_ < table_.requests.size()) actions.wake_at(table_.requests[next_].arrival, 0);
}

}  // namespace headroom
