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
// By turns (CopyOrder::kTurns) attention and MLP are layers of their own, as in FlexGen's released
// code (its policy `sep_layer`, recalled, not re-read): first every micro-batch attends, then every
// micro-batch goes through the MLP, the weights of one are on their way during the other, and the
// KV cache of a micro-batch comes in while the one before attends, not while it goes through the
// MLP.
//
// An SSD is read straight to the GPU (through DRAM unless the GPU reads directly), or to DRAM for
// CPU attention. Weights in another format are unpacked by every micro-batch that uses them, KV
// when it is used and packed when it is new (convert_op).
#pragma once

#include <optional>
#include <span>
#include <string>
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
  enum class Part : std::uint8_t { kLayer, kAttention, kMlp };
  // One micro-batch's turn at a layer or a half of one. `before`, `attend` and `after` are one slot
  // unless the CPU attends.
  struct Turn {
    Part part = Part::kLayer;
    std::size_t batch = 0;
    SlotIndex before = 0, attend = 0, after = 0;
    std::optional<SlotIndex> queries_out, cpu, output_in, reduce;
    std::optional<SlotIndex> kv_out, kv_out_ssd, hidden_out;
    // Of the next turn; after the last, of the first in the next layer.
    std::optional<SlotIndex> kv_in, kv_in_ssd, hidden_in;
    SlotIndex end = 0;  // of the turn, unless copies go by buffers
    // Weights that come in meanwhile: in the first turn of a part, those of the next part.
    std::optional<SlotIndex> weights_in, weights_in_ssd;
  };
  using Needs = std::vector<SlotDependency>;

  void make_turns();
  void add_turn(GraphBuilder& builder, std::size_t turn);
  void add_copies_ahead(GraphBuilder& builder, std::size_t turn, const Needs& start);
  void add_weights(GraphBuilder& builder, Turn& turn, const Needs& start);
  void add_computation(GraphBuilder& builder, Turn& slots, Needs needs);
  void add_stores(GraphBuilder& builder, Turn& slots);
  void add_end(GraphBuilder& builder, std::size_t turn);
  void add_late_dependencies(GraphBuilder& builder);
  void add_turn_around(GraphBuilder& builder);
  void add_buffers(GraphBuilder& builder);
  SlotIndex last_of(const Turn& turn) const { return turn.reduce.value_or(turn.after); }
  std::size_t next_of(std::size_t turn) const { return (turn + 1) % turns_.size(); }
  bool moves_hidden_states() const { return batches_ > 1 && placement_.activations.gpu < 1; }
  // Where the hidden states were made that the turn after this one reads.
  struct Made {
    std::size_t turn = 0;
    std::uint32_t lag = 0;
  };
  Made source_of_hidden(std::size_t turn) const;
  static std::string label(const char* name, const Turn& turn);

  void lower_step(std::size_t kind, std::span<const MicroBatch> batches, PassAmounts& out) const;
  void lower_weights(const PassStep& step, std::size_t kind, PassAmounts& out) const;
  void lower_computation(const PassStep& step, std::size_t kind, std::size_t turn,
                         const MicroBatch& batch, PassAmounts& out) const;
  void move_mlp(const LayerClass& layer, std::size_t kind, const Turn& attention, const Turn& mlp,
                PassAmounts& out) const;
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
  WeightStream weights_, attention_weights_, mlp_weights_;
  Bytes kv_of_token_;  // one layer, outside the GPU, on one rank
  double kv_size_;     // bytes of KV outside the GPU over those in HBM
  double kv_outside_;  // share that is not in HBM
  Seconds overhead_;
  Seconds ssd_latency_{0};
  std::size_t ranks_;
  std::int64_t ranks_per_socket_ = 1;
  std::size_t sockets_ = 1;
  std::size_t batches_;
  std::vector<Turn> turns_;
  std::optional<SlotIndex> gather_;
  SlotIndex head_ = 0;
  BuiltGraph built_;
};

}  // namespace headroom
