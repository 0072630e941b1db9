#include "policies/execution/attention_pipeline.hpp"

#include <algorithm>
#include <string>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

constexpr std::size_t kLookahead = 2;  // CGOPipe: attention runs two micro-batches ahead

double real(std::int64_t count) { return static_cast<double>(count); }

std::string numbered(const char* name, std::size_t lane) {
  return std::string(name) + "." + std::to_string(lane);
}

}  // namespace

AttentionPipeline::AttentionPipeline(const ExecutionConfig& config, const SystemContext& context,
                                     const AttentionPipelineOptions& options)
    : model_(context.model),
      options_(options),
      layout_(context.model),
      weights_(context.model, config, options.streamed),
      streamed_share_(1 - config.placement.weights.gpu),
      kv_size_(bytes_per_element(config.kv_transfer_type) /
               bytes_per_element(context.model.types().kv_cache)),
      overhead_(config.layer_overhead),
      lookahead_(std::min(kLookahead, static_cast<std::size_t>(options.micro_batches))),
      ranks_(static_cast<std::size_t>(context.model.parallelism().tensor)),
      lanes_(static_cast<std::size_t>(options.micro_batches)) {
  if (config.placement.weights.ssd > 0)
    throw UserError(config.name +
                    " keeps its weights on the GPU and in DRAM: " + "placement.weights.ssd is 0");
  GraphBuilder builder(context.node, context.model.parallelism().tensor);
  ranks_per_socket_ = builder.ranks_per_socket();
  sockets_ = builder.cpu_memory("attention").size();
  add_weights(builder);
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    add_after_attention(builder, lane);
    add_before_attention(builder, (lane + lookahead_) % lanes_.size());
  }
  add_head(builder);
  // What was not there yet when its successor was added.
  const SlotIndex last = lanes_.back().after;
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    builder.depend(lanes_[lane].output_in, {lanes_[lane].attention, is_ahead(lane) ? 1U : 0U});
    if (options_.weights == WeightQueue::kPages) builder.depend(lanes_[lane].page, {last, 1});
  }
  if (options_.weights == WeightQueue::kPages) {
    builder.depend(lanes_.front().after, {lanes_.back().page, 1});
  } else {
    builder.depend(early_weights_, {last, 1});
    builder.depend(late_weights_, {last, 1});
  }
  built_ = builder.finish("gpu");
}

void AttentionPipeline::add_weights(GraphBuilder& builder) {
  if (options_.weights == WeightQueue::kPages) return;
  early_weights_ = builder.add("weights.before_attention", "weights_in", kCauseWeightsPcie, {},
                               builder.to_devices("weights"));
  late_weights_ = builder.add("weights.after_attention", "weights_in", kCauseWeightsPcie, {},
                              builder.to_devices("weights"));
}

void AttentionPipeline::add_after_attention(GraphBuilder& builder, std::size_t lane) {
  Lane& slots = lanes_[lane];
  slots.output_in = builder.add(numbered("attention_output", lane), "copy_in",
                                kCauseActivationsPcie, {}, builder.to_devices("activations"));
  std::vector<SlotDependency> needs{{slots.output_in, 0}};
  if (options_.weights == WeightQueue::kPages) {
    slots.page = builder.add(numbered("weight_page", lane), "copy_in", kCauseWeightsPcie, {},
                             builder.to_devices("weights"));
  } else {
    needs.push_back({late_weights_, 1});
  }
  slots.after = builder.add(numbered("after_attention", lane), "gpu", kCauseGpu, std::move(needs),
                            {}, Processor::kGpu);
  if (ranks_ > 1)
    slots.reduce = builder.add(numbered("all_reduce", lane), "ring", kCauseCollective,
                               {{slots.after, 0}}, builder.ring("collective"));
}

void AttentionPipeline::add_before_attention(GraphBuilder& builder, std::size_t lane) {
  Lane& slots = lanes_[lane];
  // Behind `after` of the same micro-batch in the layer before, on the GPU's queue; ranks have to
  // have exchanged its results too.
  const std::uint32_t lag = is_ahead(lane) ? 0 : 1;
  std::vector<SlotDependency> needs;
  if (options_.weights == WeightQueue::kOwnQueue) needs.push_back({early_weights_, lag});
  if (ranks_ > 1 && is_ahead(lane)) needs.push_back({slots.reduce, 0});
  slots.before = builder.add(numbered("before_attention", lane), "gpu", kCauseGpu, std::move(needs),
                             {}, Processor::kGpu);
  slots.queries_out = builder.add(numbered("queries_out", lane), "copy_out", kCauseActivationsPcie,
                                  {{slots.before, 0}}, builder.to_host("activations"));
  slots.prefill = builder.add(numbered("prefill_attention", lane), "gpu", kCauseGpu,
                              {{slots.before, 0}}, {}, Processor::kGpu);
  slots.kv_out = builder.add(numbered("kv_out", lane), "copy_out", kCauseKvPcie,
                             {{slots.before, 0}}, builder.to_host("kv"));
  slots.attention =
      builder.add(numbered("cpu_attention", lane), "cpu", kCauseCpuAttention,
                  {{slots.queries_out, 0}}, builder.cpu_memory("attention"), Processor::kCpu);
}

void AttentionPipeline::add_head(GraphBuilder& builder) {
  if (ranks_ > 1) {
    // `reduce` of the lanes that are not ahead comes before their `before` in the next step.
    for (std::size_t lane = lookahead_; lane < lanes_.size(); ++lane)
      builder.depend(lanes_[lane].before, {lanes_[lane].reduce, 1});
  }
  std::vector<SlotDependency> needs;
  if (ranks_ > 1) needs.push_back({lanes_.back().reduce, 0});
  head_ = builder.add("lm_head", "gpu", kCauseGpu, std::move(needs), {}, Processor::kGpu);
  if (ranks_ > 1)
    gather_ = builder.add("gather_logits", "ring", kCauseCollective, {{head_, 0}},
                          builder.ring("collective"));
}

void AttentionPipeline::set_bytes(SlotWork& work, Bytes of_rank) const {
  work.bytes.assign(ranks_, of_rank.value);
}

void AttentionPipeline::lower(std::span<const MicroBatch> batches, PassAmounts& out) const {
  HEADROOM_CHECK(batches.size() == lanes_.size(), "a pass has ", lanes_.size(),
                 " micro-batches, not ", batches.size());
  out.reset(layout_.kinds().size(), built_.graph.slots.size());
  out.layers = layout_.runs();
  for (std::size_t kind = 0; kind < layout_.kinds().size(); ++kind) lower_step(kind, batches, out);
}

void AttentionPipeline::lower_step(std::size_t kind, std::span<const MicroBatch> batches,
                                   PassAmounts& out) const {
  const PassStep& step = layout_.kinds()[kind];
  lower_weights(step, kind, out);
  for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
    if (batches[lane].tokens == 0) continue;
    lower_after(step, kind, lane, batches[lane], out);
    const auto& layer = is_ahead(lane) ? step.next : step.layer;
    if (layer) lower_before(*layer, kind, lane, batches[lane], out);
  }
  if (!step.next) lower_head(kind, batches, out);
}

void AttentionPipeline::lower_weights(const PassStep& step, std::size_t kind,
                                      PassAmounts& out) const {
  const FetchedWeights bytes = weights_.fetched(step, streamed_share_);
  if (options_.weights == WeightQueue::kPages) {
    const Bytes page = bytes.total() / static_cast<double>(lanes_.size());
    for (const Lane& slots : lanes_) set_bytes(out.at(kind, slots.page), page);
  } else {
    set_bytes(out.at(kind, early_weights_), bytes.early);
    set_bytes(out.at(kind, late_weights_), bytes.late);
  }
  // Fetched weights are unpacked once for all micro-batches.
  if (!step.layer) return;
  if (const auto unpack = weights_.unpacking(*step.layer, streamed_share_))
    out.at(kind, lanes_.front().after).ops.push_back(*unpack);
}

void AttentionPipeline::lower_after(const PassStep& step, std::size_t kind, std::size_t lane,
                                    const MicroBatch& batch, PassAmounts& out) const {
  const Lane& slots = lanes_[lane];
  SlotWork& after = out.at(kind, slots.after);
  const double tokens = real(batch.tokens);
  if (!step.layer) {
    model_.embedding_ops(tokens, after.ops);
  } else {
    model_.post_attention_ops(tokens, step.layer->is_moe, after.ops);
    after.latency = overhead_;
    SlotWork& output = out.at(kind, slots.output_in);
    const Bytes chunks =
        model_.kv_bytes_per_token_and_layer() * kv_size_ * prefill_kv_tokens(*step.layer, batch);
    set_bytes(output, model_.attention_boundary().output * real(batch.decode_rows) + chunks);
    const bool is_kept_waiting = step.fetches && streamed_share_ > 0 && output.bytes.front() > 0;
    if (is_kept_waiting) output.behind = options_.packet;
  }
  if (ranks_ > 1) set_bytes(out.at(kind, slots.reduce), take_communication(after.ops));
}

void AttentionPipeline::lower_before(const LayerClass& layer, std::size_t kind, std::size_t lane,
                                     const MicroBatch& batch, PassAmounts& out) const {
  const Lane& slots = lanes_[lane];
  const Bytes kv_of_token = model_.kv_bytes_per_token_and_layer() * kv_size_;
  const double decodes = real(batch.decode_rows);
  model_.pre_attention_ops(real(batch.tokens), out.at(kind, slots.before).ops);
  add_prefill_attention(model_, layer, batch, out.at(kind, slots.prefill).ops);
  set_bytes(out.at(kind, slots.queries_out),
            (model_.attention_boundary().query + kv_of_token) * decodes);
  set_bytes(out.at(kind, slots.kv_out), kv_of_token * real(batch.prefill_tokens));
  SlotWork& attention = out.at(kind, slots.attention);
  add_decode_attention(model_, layer, batch, 1, kv_size_, ranks_per_socket_, attention.ops);
  // The first part's traffic is that of the ops; other sockets do the same for their GPUs.
  double of_socket = 0;
  for (const auto& [op, count] : attention.ops) of_socket += op.hbm_bytes().value * real(count);
  attention.bytes.assign(sockets_, of_socket);
  attention.bytes.front() = 0;
}

void AttentionPipeline::lower_head(std::size_t kind, std::span<const MicroBatch> batches,
                                   PassAmounts& out) const {
  std::int64_t sampled = 0;
  for (const MicroBatch& batch : batches) sampled += batch.sampled;
  SlotWork& head = out.at(kind, head_);
  model_.sampling_ops(real(sampled), head.ops);
  if (ranks_ > 1) set_bytes(out.at(kind, gather_), take_communication(head.ops));
}

}  // namespace headroom
