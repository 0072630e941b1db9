// sim/serving/workload.hpp -- whoever generates work: told what happened, answers with verbs.
// An open-loop trace only submits; closed-loop clients, agents and reasoning strategies react. A
// workload owns no clock.
#pragma once

#include <cstdint>

#include "sim/base/units.hpp"

namespace headroom {

using SequenceId = std::int64_t;  // in order of creation, from 0; the `request_id` of the rows
inline constexpr SequenceId kNoParent = -1;

struct SequenceRequest {
  std::int32_t prompt_tokens = 1;
  std::int32_t output_tokens = 1;    // generation stops after these
  std::int32_t pause_at_output = 0;  // pause after these are emitted; 0: never
  std::uint32_t hash_offset = 0, hash_count = 0;
  std::int16_t class_id = 0;
  std::int16_t priority = 0;
};

enum class EventKind : std::uint8_t {
  kStart,
  kTimer,
  kFirstToken,
  kPaused,
  kFinished,
  kRejected,
  kCancelled
};

struct WorkloadEvent {
  EventKind kind = EventKind::kStart;
  TimePoint now{0};
  SequenceId sequence = kNoParent;  // of whom; none for start and timer
  std::uint64_t token = 0;          // of wake_at, for kTimer
};

// Sequence lifecycle: waiting, running, paused (holds KV, may lose it and recompute), finished,
// cancelled.
class Actions {
 public:
  virtual ~Actions() = default;
  // Arrives now; the router picks its replica once the instant has been drained.
  virtual SequenceId submit(const SequenceRequest& request) = 0;
  // A new sequence on the parent's replica that shares the parent's first `shared_tokens` tokens
  // and continues with `request.prompt_tokens` tokens of its own. Pre: the parent is alive and
  // knows that many tokens.
  virtual SequenceId fork(SequenceId parent, std::int32_t shared_tokens,
                          const SequenceRequest& request) = 0;
  // A paused sequence goes on: more input (a tool's answer, say), more output, an optional next
  // pause. Pre: input_tokens >= 0, output_tokens >= 1, and the sequence still fits max_model_len
  // and the KV cache.
  virtual void extend(SequenceId sequence, std::int32_t input_tokens, std::int32_t output_tokens,
                      std::int32_t pause_at_output = 0) = 0;
  // Ends a living sequence; false if it had ended already. Tokens under way are lost.
  virtual bool cancel(SequenceId sequence) = 0;
  virtual void wake_at(TimePoint date, std::uint64_t token) = 0;
};

class Workload {
 public:
  virtual ~Workload() = default;
  virtual void on_event(const WorkloadEvent& event, Actions& actions) = 0;
  // Start and timers always come; the rest only if wanted, so that a trace pays nothing for them.
  virtual bool wants(EventKind) const { return true; }
  // No verb will be called before this date unless an event is answered. A hint: only speed depends
  // on it.
  virtual TimePoint quiet_until() const { return TimePoint{0}; }
};

}  // namespace headroom
