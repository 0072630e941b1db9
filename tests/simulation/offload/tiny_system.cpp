#include "tests/simulation/offload/tiny_system.hpp"

#include <algorithm>

namespace headroom::test {

TinySystem::TinySystem(const LoweredModel& model, const TinyOptions& options)
    : model_(model), options_(options) {
  enum : GraphLinkIndex { kUp, kDown, kDram };
  enum : StreamIndex { kGpu, kH2d, kCpu, kD2h };
  graph_.links = {
      {"gpu0.h2d", options.pcie}, {"gpu0.d2h", options.pcie}, {"socket0.dram", options.dram}};
  graph_.streams = {"gpu", "h2d", "cpu", "d2h"};
  graph_.causes = {kCauseGpu, kCauseWeightsPcie, kCauseCpuAttention, kCauseKvPcie};
  const GraphLinkIndex down = options.shared ? kUp : kDown;
  graph_.slots = {{"weights", kH2d, 1, {{kPost, 2}}, {{kUp}}},
                  {"pre", kGpu, 0, {{kWeights, 0}}, {}},
                  {"attention", kCpu, 2, {{kPre, 0}}, {{kDram}}},
                  {"post", kGpu, 0, {{kAttention, 0}}, {}},
                  {"keys", kD2h, 3, {{kPre, 0}}, {{down}}}};
  processors_ = {Processor::kNone, Processor::kGpu, Processor::kCpu, Processor::kGpu,
                 Processor::kNone};
  check_op_graph(graph_);
}

TinySystem::Sums TinySystem::sums_of(std::span<const PassRow> rows) const {
  Sums s;
  for (PassRow row : rows) {
    if (!row.is_decode())
      row.fresh = std::max(row.fresh, static_cast<std::int32_t>(options_.padded_to));
    s.tokens += row.fresh;
    s.sampled += row.samples ? 1 : 0;
    (row.is_decode() ? s.decodes : s.prefill_tokens) += row.fresh;
    AttentionSums& sums = row.is_decode() ? s.decode : s.prefill;
    sums.pairs += attention_pairs(row.prior, row.fresh, 0);
    sums.kv_read_tokens += attention_kv_read(row.prior, 0);
  }
  return s;
}

void TinySystem::lower_pass(std::span<const PassRow> rows, PassAmounts& out) {
  ++passes;
  const auto real = [](std::int64_t n) { return static_cast<double>(n); };
  const Sums sums = sums_of(rows);
  const std::int64_t layers = model_.model().num_hidden_layers;
  constexpr std::size_t kKinds = 3;  // first, middle, last
  out.reset(kKinds, graph_.slots.size());
  out.layers = {{0, 1}, {1, layers - 2}, {2, 1}};
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    out.at(kind, kWeights).bytes = {
        model_.layer_weights(false, model_.types().weights).total().value};
    SlotWork& pre = out.at(kind, kPre);
    pre.latency = options_.overhead;
    model_.pre_attention_ops(real(sums.tokens), pre.ops);
    if (sums.decodes > 0)
      out.at(kind, kAttention)
          .ops.push_back({model_.decode_attention(0, real(sums.decodes), real(sums.decode.pairs),
                                                  real(sums.decode.kv_read_tokens)),
                          1});
    SlotWork& post = out.at(kind, kPost);
    model_.post_attention_ops(real(sums.tokens), false, post.ops);
    if (sums.prefill_tokens > 0)
      post.ops.push_back(
          {model_.prefill_attention(0, real(sums.prefill_tokens), real(sums.prefill.pairs),
                                    real(sums.prefill.kv_read_tokens)),
           1});
    if (options_.work_twice.value > 0) {
      post.ops.push_back(post.ops.front());
      post.ops.back().op.flops = options_.work_twice;
    }
    if (options_.unpacking.value > 0)
      post.ops.push_back({{.kind = OpKind::kConvert, .flops = options_.unpacking}, 1});
    out.at(kind, kKeys).bytes = {real(sums.prefill_tokens) *
                                 model_.kv_bytes_per_token_and_layer().value};
  }
  model_.embedding_ops(real(sums.tokens), out.at(2, kPost).ops);
  model_.sampling_ops(real(sums.sampled), out.at(2, kPost).ops);
}

std::vector<CacheCounts> TinySystem::cache_counts() const {
  return {{.cache = "nothing", .tier = "dram", .accesses = passes, .hits = passes, .bytes_in = 0}};
}

}  // namespace headroom::test
