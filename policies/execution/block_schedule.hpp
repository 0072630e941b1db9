// policies/execution/block_schedule.hpp -- the schedule that layer streaming and FlexGen share:
// layer by layer, within a layer one micro-batch after the other, and while one computes, what
// comes next is copied. Weights of the next layer once per layer, KV cache and hidden states of the
// next micro-batch, and back what the one before has made. Weights, KV cache and activations lie on
// GPU, DRAM and SSD by fraction (ExecutionConfig::placement).
//
// Attention over KV that is not in HBM: it is copied to the GPU (`attention: gpu`), or the CPU
// attends to its share and the GPU to the share in HBM (`attention: cpu`), and the micro-batch goes
// GPU, CPU, GPU within its turn. Prompts attend on the GPU.
//
// An SSD is read straight to the GPU (through DRAM unless the GPU reads directly), or to DRAM for
// CPU attention. Weights in another format are unpacked by every micro-batch that uses them, KV
// when it is used and packed when it is new (convert_op).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "policies/execution/graph_builder.hpp"
#include "policies/execution/pass_layout.hpp"
#include "policies/execution/weight_stream.hpp"

namespace headroom {

// When a copy that runs ahead may start, and what waits for it.
enum class CopyOrder : std::uint8_t {
  kBuffers,  // as soon as its buffer is free, two of each; whoever needs it waits
  kTurns,    // with the turn of a micro-batch, and the next turn waits for all copies of this one
  kSerial,   // after the turn's computation, and the next turn waits: nothing overlaps
};

class BlockSchedule {
 public:
  // `context.model` outlives it. Throws UserError: something on an SSD that the node does not have,
  // more ranks than GPUs.
  BlockSchedule(const ExecutionConfig& config, const SystemContext& context, CopyOrder order);

  const BuiltGraph& built() const { return built_; }
  // Pre: config.num_micro_batches of them.
  void lower(std::span<const MicroBatch> batches, PassAmounts& out) const;

 private:
  // One micro-batch's turn. `before`, `attend` and `after` are one slot unless the CPU attends.
  struct Turn {
    SlotIndex before = 0, attend = 0, after = 0;
    std::optional<SlotIndex> queries_out, cpu, output_in, reduce;
    std::optional<SlotIndex> kv_out, kv_out_ssd, hidden_out;
    // Of the next micro-batch; after the last, of the first in the next layer.
    std::optional<SlotIndex> kv_in, kv_in_ssd, hidden_in;
    SlotIndex end = 0;  // of the turn, unless copies go by buffers
  };
  using Needs = std::vector<SlotDependency>;

  void add_turn(GraphBuilder& builder, std::size_t turn);
  void add_copies_ahead(GraphBuilder& builder, std::size_t turn, const Needs& start);
  void add_weights(GraphBuilder& builder, const Needs& start);
  void add_computation(GraphBuilder& builder, std::size_t turn, Needs needs);
  void add_stores(GraphBuilder& builder, std::size_t turn);
  void add_end(GraphBuilder& builder, std::size_t turn);
  void add_late_dependencies(GraphBuilder& builder);
  SlotIndex last_of(const Turn& turn) const { return turn.reduce.value_or(turn.after); }

  void lower_step(std::size_t kind, std::span<const MicroBatch> batches, PassAmounts& out) const;
  void lower_weights(const PassStep& step, std::size_t kind, PassAmounts& out) const;
  void lower_computation(const PassStep& step, std::size_t kind, const Turn& turn,
                         const MicroBatch& batch, PassAmounts& out) const;
  void lower_attention(const LayerClass& layer, std::size_t kind, const Turn& turn,
                       const MicroBatch& batch, PassAmounts& out) const;
  void lower_cpu_attention(const LayerClass& layer, std::size_t kind, const Turn& turn,
                           const MicroBatch& batch, PassAmounts& out) const;
  void lower_stores(const PassStep& step, std::size_t kind, const Turn& turn,
                    const MicroBatch& batch, PassAmounts& out) const;
  void lower_loads(const LayerClass& layer, std::size_t kind, const Turn& turn,
                   const MicroBatch& batch, PassAmounts& out) const;
  void set_bytes(std::size_t kind, const std::optional<SlotIndex>& slot, Bytes of_rank,
                 PassAmounts& out) const;
  void set_ssd_bytes(std::size_t kind, const std::optional<SlotIndex>& slot, Bytes of_rank,
                     PassAmounts& out) const;
  Bytes hidden_bytes(const MicroBatch& batch) const;

  const LoweredModel& model_;
  Placement placement_;
  CopyOrder order_;
  bool cpu_attends_;
  PassLayout layout_;
  WeightStream weights_;
  Bytes kv_of_token_;  // one layer, outside the GPU, on one rank
  double kv_size_;     // bytes of KV outside the GPU over those in HBM
  double kv_outside_;  // share that is not in HBM
  Seconds overhead_;
  Seconds ssd_latency_{0};
  std::size_t ranks_;
  std::int64_t ranks_per_socket_ = 1;
  std::size_t sockets_ = 1;
  std::vector<Turn> turns_;
  std::optional<SlotIndex> weights_in_, weights_in_ssd_, gather_;
  SlotIndex head_ = 0;
  BuiltGraph built_;
};

}  // namespace headroom
