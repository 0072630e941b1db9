#include "policies/execution/moe_lightning.hpp"

#include "policies/execution/attention_pipeline.hpp"
#include "policies/execution/micro_batches.hpp"

namespace headroom {
namespace {

class MoeLightning final : public ExecutionSystem {
 public:
  MoeLightning(const ExecutionConfig& config, const SystemContext& context)
      : spans_(context.model.spans()),
        is_padded_(config.padded),
        batches_(config.micro_batch_size, config.num_micro_batches),
        pipeline_(config, context,
                  {.micro_batches = config.num_micro_batches,
                   .weights = WeightQueue::kPages,
                   .streamed = StreamedParts::kMlp}) {}

  const OpGraph& graph() const override { return pipeline_.built().graph; }
  const std::vector<Processor>& processors() const override { return pipeline_.built().processors; }

  void lower_pass(std::span<const PassRow> rows, PassAmounts& out) override {
    pipeline_.lower(batches_.balance(rows, is_padded_, spans_), out);
  }

 private:
  const std::vector<AttentionSpan>& spans_;
  bool is_padded_;
  MicroBatches batches_;
  AttentionPipeline pipeline_;
};

}  // namespace

std::unique_ptr<ExecutionSystem> make_moe_lightning(const ExecutionConfig& config,
                                                    const SystemContext& context) {
  return std::make_unique<MoeLightning>(config, context);
}

}  // namespace headroom
