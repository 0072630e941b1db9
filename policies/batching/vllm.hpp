// policies/batching/vllm.hpp -- the vLLM V1 scheduler (vllm/v1/core/sched/scheduler.py), the
// default. No prefill or decode phase: every sequence has rows to catch up, one token budget per
// step serves running sequences in list order, then waiting ones. Blocks are allocated on demand;
// when none is free the last running sequence (fcfs) or the least urgent one (priority) is
// preempted, its KV is dropped and computed again later. What changed between releases is an option
// (ServingConfig) and a preset.
#pragma once

#include <cstdint>
#include <limits>

#include "policies/batching/batch_policy.hpp"

namespace headroom {

class VllmScheduler final : public BatchPolicy {
 public:
  explicit VllmScheduler(const ServingConfig& config) : config_(config) {}

  void plan_iteration(BatchView& view, BatchPlan& plan) override {
    plan_iteration(view, plan, std::numeric_limits<std::int64_t>::max());
  }
  // The same with at most so many sequences admitted.
  void plan_iteration(BatchView& view, BatchPlan& plan, std::int64_t most_admissions);

 private:
  // Phase 1: running sequences in list order. Phase 2: waiting ones from the head, only if nothing
  // was preempted.
  void schedule_running(BatchView& view, BatchPlan& plan);
  void schedule_waiting(BatchView& view, BatchPlan& plan, std::int64_t most_admissions);
  // Extends the running sequence at `position` by `fresh` tokens for which there is no room. False
  // if it had to give way itself.
  bool make_room(BatchView& view, BatchPlan& plan, std::size_t& position, std::int32_t fresh);
  // Frees the blocks of a sequence that holds some and computes nothing. False if there is none.
  bool take_from_idle(BatchView& view) const;
  std::size_t choose_victim(const SequencePool& sequences) const;
  void preempt(BatchView& view, BatchPlan& plan, std::size_t position);
  bool admit_head(BatchView& view, BatchPlan& plan);
  std::int32_t below_threshold(std::int32_t rows) const;  // long_prefill_token_threshold
  std::int32_t chunk_of(std::int32_t rows) const;         // and what the budget leaves
  IterationCount standing_time(const BatchView& view, const BatchPlan& plan) const;

  ServingConfig config_;
  std::int64_t budget_ = 0;  // tokens left in the step being planned
  bool all_decode_ = true;   // every slot of it
};

}  // namespace headroom
