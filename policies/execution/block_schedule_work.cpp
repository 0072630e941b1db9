// What a pass of a block schedule does in its slots.
#include <algorithm>

#include "policies/execution/block_schedule.hpp"
#include "sim/base/check.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

}  // namespace

void BlockSchedule::set_bytes(std::size_t kind, const std::optional<SlotIndex>& slot, Bytes of_rank,
                              PassAmounts& out) const {
  if (slot) out.at(kind, *slot).bytes.assign(ranks_, of_rank.value);
}

// Copies between SSD and DRAM are one for all ranks.
void BlockSchedule::set_ssd_bytes(std::size_t kind, const std::optional<SlotIndex>& slot,
                                  Bytes of_rank, PassAmounts& out) const {
  if (!slot || of_rank.value <= 0) return;
  SlotWork& work = out.at(kind, *slot);
  const std::size_t parts = built_.graph.slots[*slot].parts.size();
  work.bytes.assign(parts, of_rank.value * static_cast<double>(ranks_ / parts));
  work.latency = ssd_latency_;
}

Bytes BlockSchedule::hidden_bytes(const MicroBatch& batch) const {
  return Bytes(real(batch.tokens) * real(model_.model().hidden_size) *
               bytes_per_element(stream_type(model_.types())) / static_cast<double>(ranks_));
}

void BlockSchedule::lower(std::span<const MicroBatch> batches, PassAmounts& out) const {
  HEADROOM_CHECK(batches.size() == batches_, "a pass has ", batches_, " micro-batches, not ",
                 batches.size());
  out.reset(layout_.kinds().size(), built_.graph.slots.size());
  out.layers = layout_.runs();
  for (std::size_t kind = 0; kind < layout_.kinds().size(); ++kind) lower_step(kind, batches, out);
}

void BlockSchedule::lower_step(std::size_t kind, std::span<const MicroBatch> batches,
                               PassAmounts& out) const {
  const PassStep& step = layout_.kinds()[kind];
  lower_weights(step, kind, out);
  std::int64_t sampled = 0;
  for (const MicroBatch& batch : batches) sampled += batch.sampled;
  for (std::size_t turn = 0; turn < turns_.size(); ++turn) {
    const Turn& slots = turns_[turn];
    const MicroBatch& batch = batches[slots.batch];
    if (batch.tokens > 0) {
      lower_computation(step, kind, turn, batch, out);
      lower_stores(step, kind, slots, batch, out);
    }
    const std::size_t next = next_of(turn);
    const auto& layer = next > 0 ? step.layer : step.next;
    const MicroBatch& ahead = batches[turns_[next].batch];
    if (layer && ahead.tokens > 0) lower_loads(*layer, kind, slots, ahead, out);
  }
  if (step.next) return;
  SlotWork& head = out.at(kind, head_);
  model_.sampling_ops(real(sampled), head.ops);
  const Bytes sent = take_communication(head.ops);
  set_bytes(kind, gather_, sent, out);
}

void BlockSchedule::lower_weights(const PassStep& step, std::size_t kind, PassAmounts& out) const {
  const double dram = placement_.weights.dram, ssd = placement_.weights.ssd;
  const Turn& first = turns_.front();
  if (first.part == Part::kLayer) {
    set_bytes(kind, first.weights_in, weights_.fetched(step, dram).total(), out);
    set_ssd_bytes(kind, first.weights_in_ssd, weights_.fetched(step, ssd).total(), out);
    return;
  }
  // While a layer attends its own MLP, then what precedes the MLP of the next one.
  if (step.layer) {
    set_bytes(kind, first.weights_in, mlp_weights_.of_layer(*step.layer, dram), out);
    set_ssd_bytes(kind, first.weights_in_ssd, mlp_weights_.of_layer(*step.layer, ssd), out);
  }
  const Turn& mlp = turns_[batches_];
  set_bytes(kind, mlp.weights_in, attention_weights_.fetched(step, dram).total(), out);
  set_ssd_bytes(kind, mlp.weights_in_ssd, attention_weights_.fetched(step, ssd).total(), out);
}

void BlockSchedule::lower_computation(const PassStep& step, std::size_t kind, std::size_t turn,
                                      const MicroBatch& batch, PassAmounts& out) const {
  const Turn& slots = turns_[turn];
  const double tokens = real(batch.tokens);
  SlotWork& after = out.at(kind, slots.after);
  if (!step.layer) {
    if (slots.part == Part::kAttention) return;
    model_.embedding_ops(tokens, after.ops);
    set_bytes(kind, slots.reduce, take_communication(after.ops), out);
    return;
  }
  if (slots.part == Part::kMlp) return;  // with its attention
  const bool is_whole = slots.part == Part::kLayer;
  SlotWork& before = out.at(kind, slots.before);
  before.latency = overhead_;
  const WeightStream& needed = is_whole ? weights_ : attention_weights_;
  if (const auto unpack = needed.unpacking(*step.layer, 1 - placement_.weights.gpu))
    before.ops.push_back(*unpack);
  model_.pre_attention_ops(tokens, before.ops);
  lower_attention(*step.layer, kind, slots, batch, out);
  model_.post_attention_ops(tokens, step.layer->is_moe, after.ops);
  if (is_whole) {
    set_bytes(kind, slots.reduce, take_communication(after.ops), out);
  } else {
    move_mlp(*step.layer, kind, slots, turns_[turn + batches_], out);
  }
}

// The MLP begins behind the output projection. Of two all-reduces each half has one.
void BlockSchedule::move_mlp(const LayerClass& layer, std::size_t kind, const Turn& attention,
                             const Turn& mlp, PassAmounts& out) const {
  std::vector<OpCount>& from = out.at(kind, attention.after).ops;
  std::vector<OpCount>& to = out.at(kind, mlp.after).ops;
  if (const auto unpack = mlp_weights_.unpacking(layer, 1 - placement_.weights.gpu))
    to.push_back(*unpack);
  const auto projection = std::find_if(
      from.begin(), from.end(), [](const OpCount& each) { return each.op.kind == OpKind::kOProj; });
  HEADROOM_CHECK(projection != from.end(), "attention ends with its output projection");
  to.insert(to.end(), projection + 1, from.end());
  from.erase(projection + 1, from.end());
  const Bytes sent = take_communication(to);
  const double with_attention = model_.model().parallel_blocks ? 0 : 0.5;
  set_bytes(kind, attention.reduce, sent * with_attention, out);
  set_bytes(kind, mlp.reduce, sent * (1 - with_attention), out);
}

void BlockSchedule::lower_attention(const LayerClass& layer, std::size_t kind, const Turn& turn,
                                    const MicroBatch& batch, PassAmounts& out) const {
  SlotWork& attend = out.at(kind, turn.attend);
  if (kv_size_ != 1 && kv_outside_ > 0) {
    // Old KV that was copied is unpacked, new KV packed.
    const double copied = (cpu_attends_ ? 0 : decode_kv_tokens(layer, batch)) +
                          prefill_kv_tokens(layer, batch) + real(batch.tokens);
    const Bytes packed = kv_of_token_ * (copied * kv_outside_), unpacked = packed / kv_size_;
    attend.ops.push_back(
        convert_op(packed, unpacked, unpacked.value / bytes_per_element(model_.types().kv_cache)));
  }
  add_prefill_attention(model_, layer, batch, attend.ops);
  const double on_gpu = cpu_attends_ ? placement_.kv_cache.gpu : 1;
  add_decode_attention(model_, layer, batch, on_gpu, 1, 1, attend.ops);
  if (cpu_attends_) lower_cpu_attention(layer, kind, turn, batch, out);
}

void BlockSchedule::lower_cpu_attention(const LayerClass& layer, std::size_t kind, const Turn& turn,
                                        const MicroBatch& batch, PassAmounts& out) const {
  // Heads are split between the devices as the KV cache is.
  const double rows = real(batch.decode_rows) * kv_outside_;
  const AttentionBoundary boundary = model_.attention_boundary();
  set_bytes(kind, turn.queries_out, (boundary.query + kv_of_token_) * rows, out);
  set_bytes(kind, turn.output_in, boundary.output * rows, out);
  SlotWork& cpu = out.at(kind, *turn.cpu);
  add_decode_attention(model_, layer, batch, kv_outside_, kv_size_, ranks_per_socket_, cpu.ops);
  // The first part's traffic is that of the ops; other sockets do the same for their GPUs.
  double of_socket = 0;
  for (const auto& [op, count] : cpu.ops) of_socket += op.hbm_bytes().value * real(count);
  cpu.bytes.assign(sockets_, of_socket);
  cpu.bytes.front() = 0;
}

void BlockSchedule::lower_stores(const PassStep& step, std::size_t kind, const Turn& slots,
                                 const MicroBatch& batch, PassAmounts& out) const {
  if (step.layer) {
    if (cpu_attends_) {
      // New KV of decode rows has gone down with their queries.
      set_bytes(kind, slots.kv_out, kv_of_token_ * (real(batch.prefill_tokens) * kv_outside_), out);
    } else {
      set_bytes(kind, slots.kv_out, kv_of_token_ * (real(batch.tokens) * placement_.kv_cache.dram),
                out);
    }
    set_ssd_bytes(kind, slots.kv_out_ssd,
                  kv_of_token_ * (real(batch.tokens) * placement_.kv_cache.ssd), out);
  }
  const bool is_read_again =
      slots.part == Part::kAttention ? step.layer.has_value() : step.next.has_value();
  if (!is_read_again) return;
  const Bytes hidden = hidden_bytes(batch) * (1 - placement_.activations.gpu);
  set_bytes(kind, slots.hidden_out, hidden, out);
}

void BlockSchedule::lower_loads(const LayerClass& layer, std::size_t kind, const Turn& turn,
                                const MicroBatch& batch, PassAmounts& out) const {
  const double chunks = prefill_kv_tokens(layer, batch), decodes = decode_kv_tokens(layer, batch);
  if (cpu_attends_) {
    set_bytes(kind, turn.kv_in, kv_of_token_ * (chunks * kv_outside_), out);
  } else {
    set_bytes(kind, turn.kv_in, kv_of_token_ * ((chunks + decodes) * placement_.kv_cache.dram),
              out);
  }
  set_ssd_bytes(kind, turn.kv_in_ssd, kv_of_token_ * ((chunks + decodes) * placement_.kv_cache.ssd),
                out);
  set_bytes(kind, turn.hidden_in, hidden_bytes(batch) * (1 - placement_.activations.gpu), out);
}

}  // namespace headroom
