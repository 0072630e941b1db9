#include "policies/execution/block_schedule.hpp"

#include <string>
#include <utility>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

bool needs_ssd(const Placement& placement) {
  return placement.weights.ssd > 0 || placement.kv_cache.ssd > 0 || placement.activations.ssd > 0;
}

}  // namespace

BlockSchedule::BlockSchedule(const ExecutionConfig& config, const SystemContext& context,
                             CopyOrder order)
    : model_(context.model),
      placement_(config.placement),
      order_(order),
      cpu_attends_(config.attention == Device::kCpu && config.placement.kv_cache.gpu < 1),
      layout_(context.model),
      weights_(context.model, config, StreamedParts::kAll),
      attention_weights_(context.model, config, StreamedParts::kAttention),
      mlp_weights_(context.model, config, StreamedParts::kMlp),
      kv_size_(bytes_per_element(config.kv_transfer_type) /
               bytes_per_element(context.model.types().kv_cache)),
      kv_outside_(1 - config.placement.kv_cache.gpu),
      overhead_(config.layer_overhead),
      ranks_(static_cast<std::size_t>(context.model.parallelism().tensor)),
      batches_(static_cast<std::size_t>(config.num_micro_batches)) {
  if (needs_ssd(placement_) && !context.node.ssd)
    throw UserError(config.name + " places something on an SSD, but hardware.node has none");
  if (context.node.ssd) ssd_latency_ = context.node.ssd->latency;
  kv_of_token_ = model_.kv_bytes_per_token_and_layer() * kv_size_;
  make_turns();
  GraphBuilder builder(context.node, context.model.parallelism().tensor);
  ranks_per_socket_ = builder.ranks_per_socket();
  sockets_ = builder.cpu_memory("attention").size();
  for (std::size_t turn = 0; turn < turns_.size(); ++turn) add_turn(builder, turn);
  head_ =
      builder.add("lm_head", "gpu", kCauseGpu, {{last_of(turns_.back()), 0}}, {}, Processor::kGpu);
  if (ranks_ > 1)
    gather_ = builder.add("gather_logits", "ring", kCauseCollective, {{head_, 0}},
                          builder.ring("collective"));
  add_late_dependencies(builder);
  built_ = builder.finish("gpu");
}

void BlockSchedule::make_turns() {
  const auto add = [&](Part part) {
    for (std::size_t batch = 0; batch < batches_; ++batch) {
      turns_.emplace_back();
      turns_.back().part = part;
      turns_.back().batch = batch;
    }
  };
  if (order_ != CopyOrder::kTurns) return add(Part::kLayer);
  add(Part::kAttention);
  add(Part::kMlp);
}

std::string BlockSchedule::label(const char* name, const Turn& turn) {
  return (turn.part == Part::kMlp ? "mlp." : "") + std::string(name) + "." +
         std::to_string(turn.batch);
}

BlockSchedule::Made BlockSchedule::source_of_hidden(std::size_t turn) const {
  const std::size_t next = turn + 1;
  if (next >= batches_) return {next - batches_, 0};
  return {next + turns_.size() - batches_, 1};
}

void BlockSchedule::add_turn(GraphBuilder& builder, std::size_t turn) {
  Needs start;
  if (order_ != CopyOrder::kBuffers && turn > 0) start = {{turns_[turn - 1].end, 0}};
  const bool begins_part = turns_[turn].batch == 0;
  if (order_ != CopyOrder::kSerial) {
    if (begins_part) add_weights(builder, turns_[turn], start);
    add_copies_ahead(builder, turn, start);
  }
  add_computation(builder, turns_[turn], start);
  add_stores(builder, turns_[turn]);
  if (order_ == CopyOrder::kSerial) {
    const Needs computed{{last_of(turns_[turn]), 0}};
    if (begins_part) add_weights(builder, turns_[turn], computed);
    add_copies_ahead(builder, turn, computed);
  }
  if (order_ != CopyOrder::kBuffers) add_end(builder, turn);
}

// FlexGen sends weights and cache in one direction one after the other. By buffers they have queues
// of their own, so that a layer's weights do not stand before the output of CPU attention.
void BlockSchedule::add_weights(GraphBuilder& builder, Turn& turn, const Needs& start) {
  const char* queue = order_ == CopyOrder::kBuffers ? "weights_in" : "copy_in";
  const std::string of = turn.part == Part::kLayer ? ""
                         : turn.part == Part::kMlp ? ".attention"
                                                   : ".mlp";
  if (placement_.weights.dram > 0)
    turn.weights_in =
        builder.add("weights" + of, queue, kCauseWeightsPcie, start, builder.to_devices("weights"));
  if (placement_.weights.ssd > 0)
    turn.weights_in_ssd = builder.add("weights_ssd" + of, "ssd_in", kCauseWeightsSsd, start,
                                      builder.ssd_to_devices("weights"));
}

void BlockSchedule::add_copies_ahead(GraphBuilder& builder, std::size_t turn, const Needs& start) {
  Turn& slots = turns_[turn];
  const bool attends_next = turns_[next_of(turn)].part != Part::kMlp;
  if (attends_next && kv_outside_ > 0)
    slots.kv_in = builder.add(label("kv_in", slots), "copy_in", kCauseKvPcie, start,
                              builder.to_devices("kv"));
  if (attends_next && placement_.kv_cache.ssd > 0)
    slots.kv_in_ssd =
        builder.add(label("kv_in_ssd", slots), "ssd_in", kCauseKvSsd, start,
                    cpu_attends_ ? std::vector<Route>{builder.topology().ssd_to_host("kv")}
                                 : builder.ssd_to_devices("kv"));
  if (!moves_hidden_states()) return;
  const bool ssd = placement_.activations.ssd > 0;
  Needs needs = start;
  const Made made = source_of_hidden(turn);
  if (made.lag == 0) needs.push_back({*turns_[made.turn].hidden_out, 0});
  slots.hidden_in =
      builder.add(label("hidden_in", slots), ssd ? "ssd_in" : "copy_in",
                  ssd ? kCauseActivationsSsd : kCauseActivationsPcie, std::move(needs),
                  ssd ? builder.ssd_to_devices("activations") : builder.to_devices("activations"));
}

void BlockSchedule::add_computation(GraphBuilder& builder, Turn& slots, Needs needs) {
  if (!cpu_attends_ || slots.part == Part::kMlp) {
    const char* name = slots.part == Part::kAttention ? "attention" : "compute";
    slots.before = slots.attend = slots.after =
        builder.add(label(name, slots), "gpu", kCauseGpu, std::move(needs), {}, Processor::kGpu);
  } else {
    slots.before = builder.add(label("before_attention", slots), "gpu", kCauseGpu, std::move(needs),
                               {}, Processor::kGpu);
    slots.queries_out = builder.add(label("queries_out", slots), "copy_out", kCauseActivationsPcie,
                                    {{slots.before, 0}}, builder.to_host("activations"));
    slots.attend = builder.add(label("gpu_attention", slots), "gpu", kCauseGpu, {{slots.before, 0}},
                               {}, Processor::kGpu);
    slots.cpu =
        builder.add(label("cpu_attention", slots), "cpu", kCauseCpuAttention,
                    {{*slots.queries_out, 0}}, builder.cpu_memory("attention"), Processor::kCpu);
    slots.output_in =
        builder.add(label("attention_output", slots), "copy_in", kCauseActivationsPcie,
                    {{*slots.cpu, 0}}, builder.to_devices("activations"));
    slots.after = builder.add(label("after_attention", slots), "gpu", kCauseGpu,
                              {{*slots.output_in, 0}}, {}, Processor::kGpu);
  }
  if (ranks_ > 1)
    slots.reduce = builder.add(label("all_reduce", slots), "ring", kCauseCollective,
                               {{slots.after, 0}}, builder.ring("collective"));
}

void BlockSchedule::add_stores(GraphBuilder& builder, Turn& slots) {
  const bool attends = slots.part != Part::kMlp;
  if (attends && kv_outside_ > 0)
    slots.kv_out = builder.add(label("kv_out", slots), "copy_out", kCauseKvPcie,
                               {{slots.before, 0}}, builder.to_host("kv"));
  if (attends && placement_.kv_cache.ssd > 0)
    slots.kv_out_ssd =
        builder.add(label("kv_out_ssd", slots), "ssd_out", kCauseKvSsd,
                    {{cpu_attends_ ? *slots.kv_out : slots.before, 0}},
                    cpu_attends_ ? std::vector<Route>{builder.topology().host_to_ssd("kv")}
                                 : builder.devices_to_ssd("kv"));
  if (!moves_hidden_states()) return;
  const bool ssd = placement_.activations.ssd > 0;
  slots.hidden_out =
      builder.add(label("hidden_out", slots), ssd ? "ssd_out" : "copy_out",
                  ssd ? kCauseActivationsSsd : kCauseActivationsPcie, {{last_of(slots), 0}},
                  ssd ? builder.devices_to_ssd("activations") : builder.to_host("activations"));
}

// Waits for everything that the turn has started; what the turn before has stored is among it
// already, its own stores only when nothing overlaps.
void BlockSchedule::add_end(GraphBuilder& builder, std::size_t turn) {
  Turn& slots = turns_[turn];
  Needs all{{last_of(slots), 0}};
  const auto add = [&](const std::optional<SlotIndex>& slot) {
    if (slot) all.push_back({*slot, 0});
  };
  for (const auto& slot :
       {slots.weights_in, slots.weights_in_ssd, slots.kv_in, slots.kv_in_ssd, slots.hidden_in})
    add(slot);
  const std::size_t stored = order_ == CopyOrder::kSerial ? turn : turn - 1;
  if (order_ == CopyOrder::kSerial || turn > 0)
    for (const auto& slot :
         {turns_[stored].kv_out, turns_[stored].kv_out_ssd, turns_[stored].hidden_out})
      add(slot);
  slots.end = builder.add(label("turn_end", slots), "host", kCauseGpu, std::move(all), {});
}

// What looks back into the layer before.
void BlockSchedule::add_late_dependencies(GraphBuilder& builder) {
  for (std::size_t turn = 0; turn < turns_.size(); ++turn)
    if (const Made made = source_of_hidden(turn); turns_[turn].hidden_in && made.lag == 1)
      builder.depend(*turns_[turn].hidden_in, {*turns_[made.turn].hidden_out, 1});
  if (order_ == CopyOrder::kBuffers) {
    add_buffers(builder);
  } else {
    add_turn_around(builder);
  }
}

// The first turn of a layer comes after the last one of the layer before.
void BlockSchedule::add_turn_around(GraphBuilder& builder) {
  const Turn& first = turns_.front();
  const Turn& last = turns_.back();
  builder.depend(first.before, {last.end, 1});
  if (order_ == CopyOrder::kSerial) return;
  for (const auto& slot :
       {first.weights_in, first.weights_in_ssd, first.kv_in, first.kv_in_ssd, first.hidden_in})
    if (slot) builder.depend(*slot, {last.end, 1});
  for (const auto& slot : {last.kv_out, last.kv_out_ssd, last.hidden_out})
    if (slot) builder.depend(first.end, {*slot, 1});
}

void BlockSchedule::add_buffers(GraphBuilder& builder) {
  const Turn& first = turns_.front();
  const Turn& last = turns_.back();
  for (const auto& slot : {first.weights_in, first.weights_in_ssd})
    if (slot) {
      builder.depend(*slot, {last_of(last), 1});
      builder.depend(first.before, {*slot, 1});
    }
  for (std::size_t turn = 0; turn < turns_.size(); ++turn) {
    const std::uint32_t lag = turn > 0 ? 0 : 1;
    const Turn& before = turn > 0 ? turns_[turn - 1] : last;
    Turn& slots = turns_[turn];
    // Into the buffer that the micro-batch before has used.
    for (const auto& slot : {slots.kv_in, slots.kv_in_ssd, slots.hidden_in})
      if (slot) builder.depend(*slot, {last_of(before), lag});
    for (const auto& slot : {before.kv_in, before.kv_in_ssd, before.hidden_in})
      if (slot) builder.depend(slots.before, {*slot, lag});
    if (before.reduce) builder.depend(slots.before, {*before.reduce, lag});
  }
}

}  // namespace headroom
