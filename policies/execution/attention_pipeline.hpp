// policies/execution/attention_pipeline.hpp -- the pipeline that MoE-Lightning and MoE-Lens share:
// KV cache in DRAM, decode attention on the CPU, everything else on the GPU with weights that are
// fetched layer by layer. The rows of a pass are cut into micro-batches, and the CPU attends
// `lookahead` micro-batches ahead of the GPU's work after attention (CGOPipe: two).
//
// In step i the GPU runs, for each micro-batch j: what follows attention in layer i (j), then what
// precedes attention for the micro-batch `lookahead` later, which for the last ones is in layer
// i + 1. In between a micro-batch goes
//   before attention (GPU) -> queries, keys, values down -> attention (CPU) -> output up -> after.
// Prompts attend on the GPU, and their keys and values go down to DRAM behind the queries. What
// earlier chunks of a prompt left in DRAM comes up again with the attention outputs.
//
// The weights of layer i + 1 arrive during step i, as soon as layer i - 1 is done: two buffers.
// - kPages: one page per micro-batch, in one queue with the attention outputs, each behind that of
//   its micro-batch (MoE-Lightning);
// - kOwnQueue: beside the attention outputs, sharing the link (MoE-Lens).
#pragma once

#include <span>
#include <vector>

#include "policies/execution/graph_builder.hpp"
#include "policies/execution/pass_layout.hpp"
#include "policies/execution/weight_stream.hpp"

namespace headroom {

enum class WeightQueue : std::uint8_t { kPages, kOwnQueue };

struct AttentionPipelineOptions {
  std::int64_t micro_batches = 2;
  WeightQueue weights = WeightQueue::kOwnQueue;
  StreamedParts streamed = StreamedParts::kAll;
  // A copy of attention outputs waits for this much of the weights, where they are on their way.
  Bytes packet{0};
};

class AttentionPipeline {
 public:
  // `model` outlives it. Throws UserError: weights on an SSD.
  AttentionPipeline(const ExecutionConfig& config, const SystemContext& context,
                    const AttentionPipelineOptions& options);

  const BuiltGraph& built() const { return built_; }
  // Pre: as many micro-batches as the options say; some may be empty.
  void lower(std::span<const MicroBatch> batches, PassAmounts& out) const;

 private:
  // Slots of one micro-batch. The GPU's part after attention is in the step of its layer; the rest,
  // up to attention, in the same step or the one before.
  struct Lane {
    SlotIndex output_in = 0, page = 0, after = 0, reduce = 0;
    SlotIndex before = 0, queries_out = 0, prefill = 0, kv_out = 0, attention = 0;
  };
  void add_weights(GraphBuilder& builder);
  void add_after_attention(GraphBuilder& builder, std::size_t lane);
  void add_before_attention(GraphBuilder& builder, std::size_t lane);
  void add_head(GraphBuilder& builder);
  bool is_ahead(std::size_t lane) const { return lane < lookahead_; }

  void lower_step(std::size_t kind, std::span<const MicroBatch> batches, PassAmounts& out) const;
  void lower_weights(const PassStep& step, std::size_t kind, PassAmounts& out) const;
  void lower_after(const PassStep& step, std::size_t kind, std::size_t lane,
                   const MicroBatch& batch, PassAmounts& out) const;
  void lower_before(const LayerClass& layer, std::size_t kind, std::size_t lane,
                    const MicroBatch& batch, PassAmounts& out) const;
  void lower_head(std::size_t kind, std::span<const MicroBatch> batches, PassAmounts& out) const;
  void set_bytes(SlotWork& work, Bytes of_rank) const;

  const LoweredModel& model_;
  AttentionPipelineOptions options_;
  PassLayout layout_;
  WeightStream weights_;
  double streamed_share_;
  double kv_size_;    // bytes of KV in DRAM over those in HBM
  Seconds overhead_;  // of each layer and micro-batch
  std::size_t lookahead_;
  std::size_t ranks_;
  std::int64_t ranks_per_socket_ = 1;
  std::size_t sockets_ = 1;
  std::vector<Lane> lanes_;
  SlotIndex early_weights_ = 0, late_weights_ = 0, head_ = 0, gather_ = 0;
  BuiltGraph built_;
};

}  // namespace headroom
