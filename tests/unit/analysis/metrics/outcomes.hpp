// tests/unit/analysis/metrics/outcomes.hpp -- request outcomes written in milliseconds.
#pragma once

#include "sim/serving/request.hpp"

namespace headroom::test {

inline TimePoint at_ms(std::int64_t ms) { return TimePoint(ms * 1'000'000); }

struct Served {
  std::int64_t arrival_ms, scheduled_ms, first_token_ms, finish_ms;
  std::int32_t output_tokens;
  std::int16_t class_id = 0;
};

inline RequestOutcome served(const Served& s) {
  RequestOutcome o;
  o.arrival = at_ms(s.arrival_ms);
  o.queued = o.arrival;
  o.scheduled = at_ms(s.scheduled_ms);
  o.first_token = at_ms(s.first_token_ms);
  o.finish = at_ms(s.finish_ms);
  o.prompt_tokens = 100;
  o.output_tokens = s.output_tokens;
  o.class_id = s.class_id;
  o.replica = 0;
  o.status = RequestStatus::kFinished;
  return o;
}

inline RequestOutcome refused(std::int64_t arrival_ms,
                              RequestStatus status = RequestStatus::kRejected) {
  RequestOutcome o;
  o.arrival = at_ms(arrival_ms);
  o.queued = o.arrival;
  o.prompt_tokens = 100;
  o.status = status;
  o.reason =
      status == RequestStatus::kRejected ? RejectReason::kExceedsKvCapacity : RejectReason::kNone;
  return o;
}

}  // namespace headroom::test
