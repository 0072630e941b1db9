// sim/serving/request.hpp -- what a workload asks for, and what became of it. Plain columns, small
// on purpose: a run of ten million requests holds one Request and one RequestOutcome for each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/base/units.hpp"

namespace headroom {

struct Request {
  TimePoint arrival{0};            // ignored in a closed loop
  std::int32_t prompt_tokens = 0;  // >= 1
  std::int32_t output_tokens = 0;  // >= 1; generation stops after exactly these
  std::uint32_t hash_offset = 0;   // into RequestTable::hash_ids
  std::uint32_t hash_count = 0;    // 0: the prompt shares nothing with any other
  std::int16_t class_id = 0;       // into RequestTable::classes
  std::int16_t priority = 0;  // smaller is more urgent (vLLM); only `policy: priority` looks at it
};

// A whole workload, in arrival order (ties keep file order).
struct RequestTable {
  std::vector<Request> requests;
  // Prefix identity of prompts, one id per hash_block_tokens tokens: equal leading ids are an equal
  // prefix. The last id of a request covers the remaining prompt_tokens % hash_block_tokens tokens
  // when that is not 0.
  std::vector<std::uint64_t> hash_ids;
  std::int32_t hash_block_tokens = 0;  // 0: no ids
  std::vector<std::string> classes{"default"};
  // Closed loop: this many clients, each submits its next request when its last one ends. 0: open
  // loop.
  std::int64_t max_concurrency = 0;
  std::int64_t skipped_rows = 0;  // broken trace rows under `on_bad_row: skip`
  std::int64_t failed_rows =
      0;  // trace rows that are failures of the traced service (BurstGPT): not replayed
};

enum class RequestStatus : std::uint8_t { kPending, kFinished, kRejected, kCancelled };
enum class RejectReason : std::uint8_t { kNone, kExceedsKvCapacity, kExceedsMaxModelLen };
const char* name_of(RequestStatus status);  // "finished", "rejected", "cancelled", "pending"
const char* name_of(RejectReason reason);   // "" or a sentence for the `reason` column

struct RequestOutcome {
  TimePoint arrival{0};
  TimePoint queued{0};        // the engine saw it (a step boundary); engine logs count from here
  TimePoint scheduled{-1};    // first iteration that computed any of it started; -1: never
  TimePoint first_token{-1};  // end of the iteration that sampled its first token; -1: never
  TimePoint finish{-1};
  std::int32_t prompt_tokens = 0;
  std::int32_t output_tokens = 0;  // emitted
  std::int32_t cached_tokens = 0;  // prompt tokens found in the prefix cache at first admission
  std::int32_t preemptions = 0;
  std::int32_t parent_id = -1;  // sequence it was forked from; -1: none
  std::int16_t class_id = 0;
  std::int16_t replica = -1;
  RequestStatus status = RequestStatus::kPending;
  RejectReason reason = RejectReason::kNone;
};

}  // namespace headroom
