#include "policies/execution/pass_layout.hpp"

#include <algorithm>

#include "sim/base/check.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

std::vector<LayerClass> classes_of_layers(const LoweredModel& model) {
  std::vector<LayerClass> layers;
  for (const auto& group : model.model().layers) {
    LayerClass layer{group.is_moe, 0};
    for (std::size_t i = 0; i < model.spans().size(); ++i)
      if (model.spans()[i].layers > 0 && model.spans()[i].window == group.sliding_window.value)
        layer.span = static_cast<int>(i);
    layers.insert(layers.end(), static_cast<std::size_t>(group.count), layer);
  }
  return layers;
}

// Spans of one layer: its own, or both of an indexer.
int last_span(const LoweredModel& model, const LayerClass& layer) {
  return model.model().indexer ? 1 : layer.span;
}

}  // namespace

PassLayout::PassLayout(const LoweredModel& model) {
  const std::vector<LayerClass> layers = classes_of_layers(model);
  HEADROOM_CHECK(!layers.empty(), "a model has layers");
  for (std::size_t i = 0; i <= layers.size(); ++i) {
    PassStep step;
    const bool is_last = i == layers.size();
    if (i > 0) step.layer = layers[i - 1];
    if (!is_last) step.next = layers[i];
    if (i > 0) step.fetches = is_last ? layers.front() : layers[i];
    step.fetches_embedding = is_last;
    step.fetches_head = i + 1 == layers.size();
    const auto known = std::find(kinds_.begin(), kinds_.end(), step);
    const auto kind = static_cast<std::uint32_t>(known - kinds_.begin());
    if (known == kinds_.end()) kinds_.push_back(step);
    if (!runs_.empty() && runs_.back().kind == kind) {
      ++runs_.back().count;
    } else {
      runs_.push_back({kind, 1});
    }
  }
}

void MicroBatch::add(const PassRow& row, const std::vector<AttentionSpan>& spans) {
  const bool decodes = row.is_decode();
  auto& sums = decodes ? decode : prefill;
  tokens += row.fresh;
  prefill_tokens += decodes ? 0 : row.fresh;
  decode_rows += decodes ? 1 : 0;
  sampled += row.samples ? 1 : 0;
  for (std::size_t i = 0; i < spans.size(); ++i) {
    sums[i].pairs += attention_pairs(row.prior, row.fresh, spans[i].window);
    sums[i].kv_read_tokens += attention_kv_read(row.prior, spans[i].window);
  }
}

Padding::Padding(std::span<const PassRow> rows) {
  for (const PassRow& row : rows) {
    PassRow& longest = row.is_decode() ? longest_decode_ : longest_prefill_;
    longest.prior = std::max(longest.prior, row.prior);
    longest.fresh = std::max(longest.fresh, row.fresh);
  }
}

PassRow Padding::padded(PassRow row) const {
  const PassRow& longest = row.is_decode() ? longest_decode_ : longest_prefill_;
  row.prior = longest.prior;
  row.fresh = longest.fresh;
  return row;
}

void add_prefill_attention(const LoweredModel& model, const LayerClass& layer,
                           const MicroBatch& batch, std::vector<OpCount>& out) {
  if (batch.prefill_tokens == 0) return;
  for (int span = layer.span; span <= last_span(model, layer); ++span) {
    const AttentionSums& sums = batch.prefill[static_cast<std::size_t>(span)];
    out.push_back({model.prefill_attention(span, real(batch.prefill_tokens), real(sums.pairs),
                                           real(sums.kv_read_tokens)),
                   1});
  }
}

void add_decode_attention(const LoweredModel& model, const LayerClass& layer,
                          const MicroBatch& batch, double share, double kv_size,
                          std::int64_t instances, std::vector<OpCount>& out) {
  if (batch.decode_rows == 0 || share <= 0) return;
  for (int span = layer.span; span <= last_span(model, layer); ++span) {
    const AttentionSums& sums = batch.decode[static_cast<std::size_t>(span)];
    Op op = model.decode_attention(span, share * real(batch.decode_rows), share * real(sums.pairs),
                                   share * real(sums.kv_read_tokens));
    op.kv_bytes = op.kv_bytes * kv_size;
    out.push_back({op, instances});
  }
}

double decode_kv_tokens(const LayerClass& layer, const MicroBatch& batch) {
  return real(batch.decode[static_cast<std::size_t>(layer.span)].kv_read_tokens);
}
double prefill_kv_tokens(const LayerClass& layer, const MicroBatch& batch) {
  return real(batch.prefill[static_cast<std::size_t>(layer.span)].kv_read_tokens);
}

Bytes take_communication(std::vector<OpCount>& ops) {
  Bytes sent{0};
  for (auto& [op, count] : ops) {
    sent += op.comm_bytes * real(count);
    op.comm_bytes = Bytes{0};
  }
  return sent;
}

OpCount convert_op(Bytes packed, Bytes unpacked, double elements) {
  Op op;
  op.kind = OpKind::kConvert;
  op.compute_type = DataType::kFp32;
  op.flops = Flops(2 * elements);
  op.activation_bytes = packed + unpacked;
  return {op, 1};
}

}  // namespace headroom
