// tests/invariants/watched_policy.hpp -- policies around a policy: one that is asked before every
// iteration, and one that checks after every plan what must hold then (engine notes, section 16: 1,
// 3, 5, 6 and 8).
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "policies/batching/batch_policy.hpp"
#include "sim/base/check.hpp"

namespace headroom::test {

// Whatever the policy says about how long its plan stands.
class AskedEveryTime final : public BatchPolicy {
 public:
  explicit AskedEveryTime(std::unique_ptr<BatchPolicy> policy) : policy_(std::move(policy)) {}
  void plan_iteration(BatchView& view, BatchPlan& plan) override {
    policy_->plan_iteration(view, plan);
    plan.valid_for = IterationCount{1};
  }

 private:
  std::unique_ptr<BatchPolicy> policy_;
};

class Watched final : public BatchPolicy {
 public:
  Watched(std::unique_ptr<BatchPolicy> policy, const ServingConfig& config)
      : policy_(std::move(policy)), config_(config) {}

  void plan_iteration(BatchView& view, BatchPlan& plan) override {
    const SequencePool& sequences = view.sequences;
    const std::vector<SequenceIndex> was_running = sequences.running();
    const std::vector<SequenceIndex> was_waiting(sequences.waiting().begin(),
                                                 sequences.waiting().end());
    check_counts(sequences);
    policy_->plan_iteration(view, plan);
    check_slots(view, plan);
    check_preempted(sequences, plan, was_running, was_waiting);
    check_counts(sequences);
  }

 private:
  static bool contains(const std::vector<SequenceIndex>& list, SequenceIndex index) {
    return std::find(list.begin(), list.end(), index) != list.end();
  }

  // 1: the budget, the places, and nobody gets nothing. 8: a hit leaves at least one token, and is
  // made of whole blocks.
  void check_slots(const BatchView& view, const BatchPlan& plan) const {
    const SequencePool& sequences = view.sequences;
    std::int64_t tokens = 0;
    std::vector<SequenceIndex> seen;
    for (const auto& [index, fresh] : plan.slots) {
      const Sequence& s = sequences[index];
      HEADROOM_CHECK(fresh >= 1 && s.state == SequenceState::kRunning && !contains(seen, index),
                     "slots are sound");
      HEADROOM_CHECK(
          fresh <= s.rows_ready() && s.computed_tokens + fresh < s.prompt_tokens + s.stop_output(),
          "nothing is computed that does not exist, nor the last token");
      HEADROOM_CHECK(s.held_blocks * config_.block_size >= s.computed_tokens + fresh,
                     "there are blocks for what is computed");
      HEADROOM_CHECK(s.prefill_start < s.known_tokens && s.prefill_start % config_.block_size == 0,
                     "hits are sound");
      if (config_.long_prefill_token_threshold > 0)
        HEADROOM_CHECK(fresh <= config_.long_prefill_token_threshold,
                       "no chunk is longer than the threshold");
      tokens += fresh;
      seen.push_back(index);
    }
    HEADROOM_CHECK(tokens <= config_.max_num_batched_tokens, "the budget is kept");
    HEADROOM_CHECK(static_cast<std::int64_t>(sequences.running().size()) <= config_.max_num_seqs,
                   "places are kept");
  }

  // 6: who is preempted lost everything, waits ahead of those never admitted, and nobody is
  // admitted in that step.
  void check_preempted(const SequencePool& sequences, const BatchPlan& plan,
                       const std::vector<SequenceIndex>& was_running,
                       const std::vector<SequenceIndex>& was_waiting) const {
    for (const SequenceIndex victim : plan.preempted) {
      HEADROOM_CHECK(
          contains(was_running, victim) && sequences[victim].state == SequenceState::kWaiting &&
              sequences[victim].computed_tokens == 0 && sequences[victim].placeholders == 0,
          "victims are sound");
    }
    if (plan.preempted.empty()) return;
    for (const SequenceIndex index : sequences.running())
      HEADROOM_CHECK(contains(was_running, index), "nobody is admitted");
    if (config_.policy == QueuePolicy::kPriority) return;
    // The last of the running list went first: the queue begins with the victims in their old
    // order.
    std::vector<SequenceIndex> expected(plan.preempted.rbegin(), plan.preempted.rend());
    expected.insert(expected.end(), was_waiting.begin(), was_waiting.end());
    HEADROOM_CHECK(std::equal(expected.begin(), expected.end(), sequences.waiting().begin(),
                              sequences.waiting().end()),
                   "victims are at the front, in their order");
  }

  // 3: 0 <= C <= T and what is being sampled. 5: emitted tokens never become fewer.
  void check_counts(const SequencePool& sequences) {
    for (const SequenceIndex index : sequences.running()) {
      const Sequence& s = sequences[index];
      HEADROOM_CHECK(s.computed_tokens >= 0 && s.computed_tokens <= s.known_tokens + s.placeholders,
                     "0 <= C <= T");
      std::int32_t& emitted = emitted_[s.id];
      HEADROOM_CHECK(s.emitted() >= emitted && s.emitted() < s.max_output_tokens,
                     "tokens stay emitted");
      emitted = s.emitted();
    }
  }

  std::unique_ptr<BatchPolicy> policy_;
  ServingConfig config_;
  std::map<std::int64_t, std::int32_t> emitted_;
};

}  // namespace headroom::test
