#include "policies/execution/moe_lens.hpp"

#include <array>

#include "policies/execution/attention_pipeline.hpp"

namespace headroom {
namespace {

class MoeLens final : public ExecutionSystem {
 public:
  MoeLens(const ExecutionConfig& config, const SystemContext& context)
      : spans_(context.model.spans()),
        pipeline_(config, context,
                  {.micro_batches = 2,
                   .weights = WeightQueue::kOwnQueue,
                   .streamed = StreamedParts::kAll,
                   .packet = config.packet}) {}

  const OpGraph& graph() const override { return pipeline_.built().graph; }
  const std::vector<Processor>& processors() const override { return pipeline_.built().processors; }

  void lower_pass(std::span<const PassRow> rows, PassAmounts& out) override {
    std::array<MicroBatch, 2> groups;
    std::array<std::int64_t, 2> contexts{}, prompts{};
    for (const PassRow& row : rows) {
      auto& load = row.is_decode() ? contexts : prompts;
      const std::size_t lighter = load[1] < load[0] ? 1 : 0;
      load[lighter] += row.prior + row.fresh;
      groups[lighter].add(row, spans_);
    }
    pipeline_.lower(groups, out);
  }

 private:
  const std::vector<AttentionSpan>& spans_;
  AttentionPipeline pipeline_;
};

}  // namespace

std::unique_ptr<ExecutionSystem> make_moe_lens(const ExecutionConfig& config,
                                               const SystemContext& context) {
  return std::make_unique<MoeLens>(config, context);
}

}  // namespace headroom
