// policies/execution/block_system.hpp -- a block schedule as an execution system: rows in order
// into its micro-batches.
#pragma once

#include <span>
#include <vector>

#include "policies/execution/block_schedule.hpp"
#include "policies/execution/execution_system.hpp"
#include "policies/execution/micro_batches.hpp"

namespace headroom {

class BlockSystem final : public ExecutionSystem {
 public:
  BlockSystem(const ExecutionConfig& config, const SystemContext& context, CopyOrder order)
      : spans_(context.model.spans()),
        is_padded_(config.padded),
        batches_(config.micro_batch_size, config.num_micro_batches),
        schedule_(config, context, order) {}

  const OpGraph& graph() const override { return schedule_.built().graph; }
  const std::vector<Processor>& processors() const override { return schedule_.built().processors; }
  void lower_pass(std::span<const PassRow> rows, PassAmounts& out) override {
    schedule_.lower(batches_.in_order(rows, is_padded_, spans_), out);
  }

 private:
  const std::vector<AttentionSpan>& spans_;
  bool is_padded_;
  MicroBatches batches_;
  BlockSchedule schedule_;
};

}  // namespace headroom
