// policies/execution/pass_layout.hpp -- what the systems that move weights have in common: the
// steps of a pass, layer by layer, and the work of a micro-batch in one of them.
//
// A pass of a model with L layers has L + 1 steps, all with the same slots: step 0 is the
// embedding, step i layer i, and the last one ends with the LM head. While a step computes, the
// weights of the next one are on their way. Weights do not depend on tokens, so the last step
// fetches what the next pass begins with (embedding and layer 1), and step 0 fetches nothing:
// passes follow each other without a gap, and each moves every weight once. (The first pass of a
// run finds its first layer in place, the last one fetches it in vain.)
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policies/execution/execution_system.hpp"
#include "sim/graph/op_graph.hpp"
#include "sim/transformer/batch_summary.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

// Layers of a class have the same work and the same weights.
struct LayerClass {
  bool is_moe = false;
  int span = 0;  // index into LoweredModel::spans()
  bool operator==(const LayerClass&) const = default;
};

// Steps of a kind are alike.
struct PassStep {
  std::optional<LayerClass> layer;    // absent: step 0, the embedding
  std::optional<LayerClass> next;     // the layer after it; absent: the last step, with the LM head
  std::optional<LayerClass> fetches;  // the layer whose weights are on their way meanwhile
  bool fetches_embedding = false, fetches_head = false;
  bool operator==(const PassStep&) const = default;
};

class PassLayout {
 public:
  explicit PassLayout(const LoweredModel& model);
  const std::vector<PassStep>& kinds() const { return kinds_; }
  const std::vector<LayerRun>& runs() const { return runs_; }  // L + 1 steps in order

 private:
  std::vector<PassStep> kinds_;
  std::vector<LayerRun> runs_;
};

// Sums over rows that are computed together.
struct MicroBatch {
  std::int64_t tokens = 0;
  std::int64_t prefill_tokens = 0;  // of which in rows that do not decode
  std::int64_t decode_rows = 0;
  std::int64_t sampled = 0;
  std::array<AttentionSums, kMaxAttentionSpans> prefill{}, decode{};  // by span
  void add(const PassRow& row, const std::vector<AttentionSpan>& spans);
};

// A row as long as the longest of its sort, decoding or not, in the pass: padding.
class Padding {
 public:
  explicit Padding(std::span<const PassRow> rows);
  PassRow padded(PassRow row) const;

 private:
  PassRow longest_prefill_{0, 0, false}, longest_decode_{0, 0, true};
};

// Work of attention in one layer of a class; of a model with a sparse indexer both its ops.
void add_prefill_attention(const LoweredModel& model, const LayerClass& layer,
                           const MicroBatch& batch, std::vector<OpCount>& out);
// `share` of the rows' KV; `kv_size`: bytes of an element where it lies over those in HBM;
// `instances`: ranks whose heads are attended.
void add_decode_attention(const LoweredModel& model, const LayerClass& layer,
                          const MicroBatch& batch, double share, double kv_size,
                          std::int64_t instances, std::vector<OpCount>& out);

// KV tokens of the rows that a layer of this class reads: those of decode rows, and those that
// earlier chunks of a prompt left. Counts every token once, also where an indexer reads it first.
double decode_kv_tokens(const LayerClass& layer, const MicroBatch& batch);
double prefill_kv_tokens(const LayerClass& layer, const MicroBatch& batch);

// Moves the bytes that ranks exchange out of the ops: they cross links, as a slot of their own.
Bytes take_communication(std::vector<OpCount>& ops);

// Packs or unpacks `packed` bytes on the GPU to or from `unpacked`: reads one, writes the other,
// and a multiplication and an addition per element (group-wise minimum and scale, as FlexGen's). An
// assumption about the kernel; no published figure.
OpCount convert_op(Bytes packed, Bytes unpacked, double elements);

}  // namespace headroom
