// policies/batching/paced.hpp -- the vLLM scheduler with admission at a constant rate: on average
// `admission_rate` new sequences per iteration, fractions carried over. With M tokens of KV cache
// and a rate of M / sum_{j<g} (p + j), for prompts of p and outputs of g tokens, memory fills up
// within g iterations and then stays full: as many tokens are freed as others take, prefill and
// decode are mixed in the same ratio in every pass, and nothing has to be preempted. This is the
// schedule behind the stage-1 bound of MoE-Lens (arXiv 2504.09345, Eq. 3 and 4).
#pragma once

#include "policies/batching/batch_policy.hpp"
#include "policies/batching/vllm.hpp"

namespace headroom {

class PacedAdmission final : public BatchPolicy {
 public:
  // Without a rate (0) nothing is held back.
  explicit PacedAdmission(const ServingConfig& config)
      : scheduler_(config), rate_(config.admission_rate) {}
  void plan_iteration(BatchView& view, BatchPlan& plan) override;

 private:
  VllmScheduler scheduler_;
  double rate_;
  double credit_ = 0;  // the fraction carried over
};

}  // namespace headroom
