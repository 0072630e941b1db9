#include "hwmodels/measured/layer_layouts.hpp"

#include <array>
#include <functional>
#include <utility>

#include "hwmodels/measured/columns.hpp"

namespace headroom {
namespace {

constexpr double kElement = 2;  // bytes of activations and of the residual stream

// A layer as work: a GEMM (n > 0) or an elementwise kernel over so many bytes a token.
struct LayerWork {
  double n = 0, k = 0;
  ElementwiseKind kind = ElementwiseKind::kNorm;
  double bytes_per_token = 0;
};

struct NamedWork {
  std::string_view name;
  LayerWork work;
};

LayerWork matrix(double n, double k) { return {n, k, ElementwiseKind::kNorm, 0}; }
LayerWork elements(ElementwiseKind kind, double count) { return {0, 0, kind, kElement * count}; }

void add(LayerMeasurements& to, Provenance from, const LayerWork& work, double tokens,
         DataType compute, std::string_view type, double seconds) {
  if (work.n > 0) {
    GemmMeasurement one;
    one.from = std::move(from);
    one.type = type;
    one.shape = {tokens, work.n, work.k, compute, compute};
    one.seconds = seconds;
    to.gemm.push_back(std::move(one));
  } else if (work.bytes_per_token > 0) {
    to.elementwise.push_back(
        {std::move(from), {work.kind, tokens * work.bytes_per_token}, seconds});
  }
}

// What an op of Vidur's or Frontier's tables computes. `experts`: the width of shared experts.
struct OpColumnsShape {
  double hidden, heads, kv_heads, head_dim, intermediate, experts, gates, tensor;
};

std::vector<NamedWork> works_of(const OpColumnsShape& s) {
  const double q = s.heads * s.head_dim / s.tensor, kv = s.kv_heads * s.head_dim / s.tensor;
  const double wide = s.intermediate / s.tensor, shared = s.experts / s.tensor;
  using enum ElementwiseKind;
  return {{"attn_pre_proj", matrix(q + 2 * kv, s.hidden)},
          {"attn_post_proj", matrix(s.hidden, q)},
          {"mlp_up_proj", matrix(s.gates * wide, s.hidden)},
          {"mlp_down_proj", matrix(s.hidden, wide)},
          {"share_expert_up_proj", matrix(s.gates * shared, s.hidden)},
          {"share_expert_down_proj", matrix(s.hidden, shared)},
          {"input_layernorm", elements(kNorm, 2 * s.hidden)},
          {"post_attention_layernorm", elements(kNorm, 2 * s.hidden)},
          {"attn_rope", elements(kRope, 2 * (q + kv))},
          {"mlp_act", elements(kActivation, (s.gates + 1) * wide)},
          {"share_expert_act", elements(kActivation, (s.gates + 1) * shared)},
          {"add", elements(kAdd, 3 * s.hidden)},
          {"emb", elements(kEmbed, 2 * s.hidden)}};
}

// Vidur's columns, and those that Frontier added.
class OpColumns {
 public:
  OpColumns(const DataTable& table, double head_dim)
      : tokens_(table, "num_tokens"),
        tensor_(table, "num_tensor_parallel_workers"),
        hidden_(table, "n_embd"),
        heads_(table, "n_head"),
        kv_heads_(table, "n_kv_head"),
        intermediate_(table, "n_expanded_embd"),
        gated_(table, "use_gated_mlp"),
        experts_(Column::find(table, "share_expert_dim")),
        measurement_(Column::find(table, "measurement_type")),
        quantised_(Column::find(table, "quant_signature")),
        qk_norm_(Column::find(table, "use_qk_norm")),
        head_dim_(head_dim) {}

  double tokens(const DataRow& row) const { return tokens_.positive(row); }
  OpColumnsShape shape(const DataRow& row) const {
    const double hidden = hidden_.positive(row), heads = heads_.positive(row);
    return {hidden,
            heads,
            kv_heads_.positive(row),
            head_dim_ > 0 ? head_dim_ : hidden / heads,
            intermediate_.positive(row),
            experts_ && !experts_->is_empty(row) ? experts_->number(row) : 0,
            gated_.flag(row) ? 2.0 : 1.0,
            tensor_.positive(row)};
  }
  Timing timing(const DataRow& row) const {
    return measurement_ && measurement_->text(row) == "CUDA_EVENT" ? Timing::kEvent
                                                                   : Timing::kKernel;
  }
  bool is_fp8(const DataRow& row) const {
    return quantised_ && quantised_->text(row).find("method=fp8") != std::string::npos;
  }
  // Why an op of this row is not what its name says; "" when it is.
  std::string excluded(const DataRow& row, std::string_view op) const {
    if (op == "attn_pre_proj" && qk_norm_ && qk_norm_->flag(row))
      return "norms of queries and keys are in it";
    const bool is_attention = op == "attn_pre_proj" || op == "attn_post_proj" || op == "attn_rope";
    if (is_attention && measurement_ && head_dim_ <= 0) return "the head size is not in the file";
    return "";
  }

 private:
  Column tokens_, tensor_, hidden_, heads_, kv_heads_, intermediate_, gated_;
  std::optional<Column> experts_, measurement_, quantised_, qk_norm_;
  double head_dim_;
};

std::vector<NamedWork> works_of(const LayerShape& s, double fused_norm) {
  const double q = s.heads * s.head_dim / s.tensor, kv = s.kv_heads * s.head_dim / s.tensor;
  const double wide = s.intermediate / s.tensor;
  using enum ElementwiseKind;
  const LayerWork norm =
      fused_norm > 0 ? elements(kAddNorm, 4 * s.hidden) : elements(kNorm, 2 * s.hidden);
  return {{"qkv_proj", matrix(q + 2 * kv, s.hidden)},
          {"q_proj", matrix(q, s.hidden)},
          {"k_proj", matrix(kv, s.hidden)},
          {"v_proj", matrix(kv, s.hidden)},
          {"o_proj", matrix(s.hidden, q)},
          {"gate_up_proj", matrix(2 * wide, s.hidden)},
          {"gate_proj", matrix(wide, s.hidden)},
          {"up_proj", matrix(wide, s.hidden)},
          {"down_proj", matrix(s.hidden, wide)},
          {"lm_head", matrix(s.vocab / s.tensor, s.hidden)},
          {"layernorm", norm},
          {"input_layernorm", norm},
          {"post_layernorm", norm},
          {"final_layernorm", norm},
          {"rotary_emb", elements(kRope, 2 * (q + kv))},
          {"rope", elements(kRope, 2 * (q + kv))},
          {"act_fn", elements(kActivation, 3 * wide)},
          {"embedding", elements(kEmbed, 2 * s.hidden)}};
}

}  // namespace

LayerMeasurements read_op_columns(const DataTable& table, const Provenance& from, double head_dim) {
  const OpColumns columns(table, head_dim);
  std::vector<std::pair<std::string, Column>> times;
  for (const auto& name : table.columns) {
    constexpr std::string_view kPrefix = "time_stats.", kSuffix = ".median";
    if (name.starts_with(kPrefix) && name.ends_with(kSuffix))
      times.emplace_back(name.substr(kPrefix.size(), name.size() - kPrefix.size() - kSuffix.size()),
                         Column(table, name));
  }
  LayerMeasurements result;
  for (const auto& row : table.rows) {
    const auto works = works_of(columns.shape(row));
    Provenance here = from;
    here.line = row.line;
    here.timing = columns.timing(row);
    const bool is_fp8 = columns.is_fp8(row);
    for (const auto& [op, time] : times) {
      if (time.is_empty(row)) continue;
      for (const auto& [name, work] : works) {
        if (name != op) continue;
        here.kernel = op;
        here.excluded = columns.excluded(row, op);
        const double seconds = time.number(row) * 1e-3;
        if (seconds <= 0 && here.excluded.empty()) here.excluded = "its time is zero";
        add(result, here, work, columns.tokens(row), is_fp8 ? DataType::kFp8 : DataType::kBf16,
            is_fp8 ? "fp8" : "bf16", seconds);
      }
    }
  }
  return result;
}

LayerMeasurements read_layer_rows(const DataTable& table, const Provenance& from,
                                  const LayerShape& model, std::string_view layer,
                                  const std::vector<std::string>& counts, std::string_view time,
                                  double seconds_per_unit) {
  const Column names(table, layer), times(table, time);
  std::optional<Column> tokens;
  for (const auto& name : counts)
    if (!tokens) tokens = Column::find(table, name);
  if (!tokens) throw ConfigError({table.shown_as, 1, 0}, "has no column '" + counts.front() + '\'');
  // The engine of 2026 adds the residual and normalises in one kernel.
  const auto works = works_of(model, from.generation == Generation::kCurrent ? 1 : 0);
  LayerMeasurements result;
  for (const auto& row : table.rows)
    for (const auto& [name, work] : works) {
      if (name != names.text(row)) continue;
      Provenance here = from;
      here.line = row.line;
      here.kernel = name;
      add(result, here, work, tokens->positive(row), DataType::kBf16, "bf16",
          times.positive(row) * seconds_per_unit);
    }
  return result;
}

}  // namespace headroom
