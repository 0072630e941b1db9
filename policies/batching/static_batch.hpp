// policies/batching/static_batch.hpp -- batches as offline systems form them (FlexGen, arXiv
// 2303.06865; MoE-Lightning, arXiv 2411.11217, Algorithm 2): up to max_num_seqs waiting requests
// start together, their prompts are computed in one iteration, then all decode until the last is
// done, and only then the next batch starts. No chunks: max_num_batched_tokens does not apply,
// because the system cuts the iteration into micro-batches.
//
// A request is taken only if the blocks of all its tokens to the end are free, so nothing is
// preempted; the first that does not fit closes the batch. Slots are in the order of prompt
// lengths, longest first: a system that deals them out one by one gets balanced micro-batches.
#pragma once

#include <vector>

#include "policies/batching/batch_policy.hpp"

namespace headroom {

class StaticBatch final : public BatchPolicy {
 public:
  explicit StaticBatch(const ServingConfig& config) : max_num_seqs_(config.max_num_seqs) {}
  void plan_iteration(BatchView& view, BatchPlan& plan) override;

 private:
  void start_batch(BatchView& view, BatchPlan& plan);
  bool admit(BatchView& view, SequenceIndex index);
  void continue_batch(BatchView& view, BatchPlan& plan);
  void put_back(BatchView& view, BatchPlan& plan, SequenceIndex index);

  std::int64_t max_num_seqs_;
  std::int64_t unreserved_blocks_ = 0;  // while a batch is put together
  std::vector<SequenceIndex> batch_;    // longest prompt first
};

}  // namespace headroom
