#include "policies/execution/expert_offload.hpp"

#include <cmath>
#include <numeric>
#include <utility>

#include "policies/execution/expert_offload_choice.hpp"
#include "policies/execution/expert_offload_graph.hpp"
#include "policies/execution/expert_offload_ops.hpp"
#include "sim/base/check.hpp"
#include "sim/transformer/layer_parameters.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

void refuse_unless(bool holds, const std::string& message) {
  if (!holds) throw UserError("expert_offload: " + message);
}

bool is_fraction(double value) { return value >= 0 && value <= 1; }

void check(const ExecutionConfig& config, const SystemContext& context) {
  const ModelSpec& model = context.model.model();
  const ExpertOffloadConfig& experts = config.experts;
  refuse_unless(model.moe && moe_layers(model) > 0,
                "'" + model.name + "' has no experts to offload");
  refuse_unless(context.node.gpus == 1 && context.model.parallelism().tensor == 1,
                "runs on one GPU");
  refuse_unless(config.attention == Device::kGpu, "attention is on the GPU");
  refuse_unless(is_fraction(experts.cached_fraction) && is_fraction(experts.prefetch_recall),
                "cached_fraction and prefetch_recall lie between 0 and 1");
  refuse_unless(experts.prefetch_lead >= 1, "prefetch_lead is at least one layer");
  refuse_unless(experts.home != Tier::kGpu, "home is dram or ssd");
  refuse_unless(experts.home != Tier::kSsd || context.node.ssd.has_value(),
                "home is ssd, but the node has no SSD");
  const TierFractions& weights = config.placement.weights;
  refuse_unless(weights.gpu <= 0, "experts.cached_fraction says what the GPU holds of the weights");
  refuse_unless(experts.home == Tier::kSsd || weights.ssd <= 0,
                "weights on the SSD need experts.home: ssd");
  refuse_unless(experts.routing.zipf_exponent >= 0 && is_fraction(experts.routing.affinity),
                "zipf_exponent is not negative and affinity lies between 0 and 1");
  const auto& bits = experts.expert_bits;
  refuse_unless(bits.size() == experts.expert_bit_shares.size(),
                "expert_bit_shares has one share per width of expert_bits");
  for (std::size_t i = 0; i < bits.size(); ++i)
    refuse_unless(bits[i] > (i == 0 ? 0 : bits[i - 1]) && is_fraction(experts.expert_bit_shares[i]),
                  "expert_bits grow and their shares lie between 0 and 1");
  constexpr double kRounding = 1e-6;
  const double shares =
      std::accumulate(experts.expert_bit_shares.begin(), experts.expert_bit_shares.end(), 0.0);
  refuse_unless(bits.empty() || std::abs(shares - 1) < kRounding, "expert_bit_shares sum to 1");
  if (experts.compute == Device::kGpu) return;
  refuse_unless(experts.home == Tier::kDram, "the CPU computes experts from DRAM: home: dram");
  refuse_unless(experts.prefetch_recall <= 0, "with compute: cpu nothing is fetched ahead");
  refuse_unless(experts.cached_fraction <= 0 || experts.cache == CachePolicy::kStatic,
                "with compute: cpu nothing is fetched into a cache: cache: static");
}

std::vector<ExpertPlane> planes_of(const ExecutionConfig& config, const LoweredModel& model) {
  const auto parameters = expert_parameters(model.model(), model.parallelism().tensor);
  const double vectors =
      parameters.one_expert_vectors * bytes_per_element(stream_type(model.types()));
  const auto at = [&](double bytes) { return parameters.one_expert * bytes; };
  const auto& bits = config.experts.expert_bits;
  if (bits.empty())
    return {{at(bytes_per_element(config.weight_transfer_type)) + vectors,
             at(bytes_per_element(model.types().weights)) + vectors, 1.0}};
  std::vector<ExpertPlane> planes;
  for (std::size_t i = 0; i < bits.size(); ++i) {
    constexpr double kBitsPerByte = 8;
    const double increment = at((bits[i] - (i == 0 ? 0 : bits[i - 1])) / kBitsPerByte);
    const double bytes = increment + (i == 0 ? vectors : 0);
    planes.push_back({bytes, bytes, config.experts.expert_bit_shares[i]});
  }
  return planes;
}

std::unique_ptr<ExpertRouter> make_router(const RoutingConfig& routing,
                                          const SystemContext& context) {
  const ModelSpec& model = context.model.model();
  const RoutingShape shape{.layers = moe_layers(model),
                           .experts = model.moe->num_experts,
                           .experts_per_token = model.moe->num_experts_per_tok};
  if (routing.kind == RoutingKind::kTrace)
    return make_trace_router(
        shape, {routing.trace_path, routing.trace_as_written, routing.trace_asked_at});
  const double exponent = routing.kind == RoutingKind::kZipf ? routing.zipf_exponent : 0;
  return make_drawn_router(shape, {exponent, routing.affinity, context.seed});
}

class ExpertOffload final : public ExecutionSystem {
 public:
  ExpertOffload(const ExecutionConfig& config, const SystemContext& context)
      : config_(config),
        model_(context.model),
        slots_(make_expert_offload_graph(config, context.node)),
        ops_(context.model),
        chooser_(config.experts,
                 config.placement.weights.ssd > 0 ? config.placement.weights.dram : 0.0,
                 make_router(config.experts.routing, context), planes_of(config, context.model),
                 context.seed) {
    for (const LayerGroup& group : model_.model().layers)
      layers_.insert(layers_.end(), static_cast<std::size_t>(group.count), group);
    choices_.resize(layers_.size());
  }

  const OpGraph& graph() const override { return slots_.graph; }
  const std::vector<Processor>& processors() const override { return slots_.processors; }
  std::vector<CacheCounts> cache_counts() const override { return chooser_.cache_counts(); }

  void lower_pass(std::span<const PassRow> rows, PassAmounts& out) override {
    ops_.lower(rows);
    choose_experts();
    out.reset(layers_.size(), slots_.graph.slots.size());
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      out.layers.push_back({static_cast<std::uint32_t>(layer), 1});
      lower_attention(layer, out);
      lower_resident(layer, out);
      if (config_.experts.compute == Device::kCpu) {
        lower_cpu_experts(layer, out);
      } else {
        lower_fetches(layer, out);
      }
    }
    ops_.embedding(out.at(0, slots_.attention).ops);
    ops_.sampling(out.at(layers_.size() - 1, slots_.layer_end).ops);
  }

 private:
  void choose_experts() {
    chooser_.begin_pass(ops_.tokens());
    std::int64_t moe_layer = 0;
    for (std::size_t layer = 0; layer < layers_.size(); ++layer) {
      choices_[layer].clear();
      if (!layers_[layer].is_moe) continue;
      const bool named = static_cast<std::int64_t>(layer) >= config_.experts.prefetch_lead;
      chooser_.choose(moe_layer++, named, choices_[layer]);
    }
  }

  void lower_attention(std::size_t layer, PassAmounts& out) {
    SlotWork& attention = out.at(layer, slots_.attention);
    attention.latency = config_.layer_overhead;
    ops_.before_experts(layers_[layer], attention.ops);
    const double per_token = model_.kv_bytes_per_token_and_layer().value *
                             bytes_per_element(config_.kv_transfer_type) /
                             bytes_per_element(model_.types().kv_cache);
    const double restored = ops_.restored_tokens(layers_[layer]) * per_token;
    const double written = real(ops_.tokens()) * per_token;
    const auto move = [&](std::optional<SlotIndex> slot, double bytes) {
      if (slot) out.at(layer, *slot).bytes.push_back(bytes);
    };
    const TierFractions& kv = config_.placement.kv_cache;
    move(slots_.kv_in, kv.dram * restored);
    move(slots_.kv_in_ssd, kv.ssd * restored);
    move(slots_.kv_out, kv.dram * written);
    move(slots_.kv_out_ssd, kv.ssd * written);
  }

  void add_experts(const ExpertWork& work, SlotWork& slot) const {
    if (work.visits > 0) slot.ops.push_back({ops_.experts(work.visits, work.weight_bytes), 1});
  }

  void lower_resident(std::size_t layer, PassAmounts& out) {
    SlotWork& slot = out.at(layer, slots_.resident_experts);
    if (layers_[layer].is_moe) {
      ops_.shared_experts(slot.ops);
      add_experts(choices_[layer].resident, slot);
    } else {
      ops_.dense_mlp(slot.ops);
    }
  }

  void lower_cpu_experts(std::size_t layer, PassAmounts& out) {
    const ExpertWork& work = choices_[layer].on_cpu;
    if (work.visits <= 0) return;
    const double hidden = real(ops_.tokens()) * real(model_.model().hidden_size) *
                          bytes_per_element(stream_type(model_.types()));
    out.at(layer, *slots_.activations_out).bytes.push_back(hidden);
    out.at(layer, *slots_.activations_in).bytes.push_back(hidden);
    const double sockets = static_cast<double>(slots_.cpu_experts.size());
    for (const SlotIndex socket : slots_.cpu_experts)
      out.at(layer, socket)
          .ops.push_back({ops_.experts(work.visits / sockets, work.weight_bytes / sockets), 1});
  }

  static void add_transfer(const ExpertWork& work, SlotIndex pcie, std::optional<SlotIndex> ssd,
                           std::size_t layer, PassAmounts& out) {
    const auto add = [&](SlotIndex slot, double bytes) {
      auto& parts = out.at(layer, slot).bytes;
      if (parts.empty()) parts.push_back(0);
      parts.front() += bytes;
    };
    add(pcie, work.from_dram);
    if (ssd) add(*ssd, work.from_ssd);
  }

  void lower_fetches(std::size_t layer, PassAmounts& out) {
    const LayerChoice& choice = choices_[layer];
    const std::size_t units = choice.fetched.size();
    ExpertWork of_group;
    for (std::size_t unit = 0; unit < units; ++unit) {
      of_group += choice.fetched[unit];
      const std::size_t group = unit * kFetchGroups / units;
      if (unit + 1 < units && (unit + 1) * kFetchGroups / units == group) continue;
      add_transfer(of_group, slots_.fetch[group],
                   slots_.fetch_ssd.empty() ? std::nullopt : std::optional(slots_.fetch_ssd[group]),
                   layer, out);
      add_experts(of_group, out.at(layer, slots_.fetched_experts[group]));
      of_group = {};
    }
    if (!slots_.prefetch) return;
    add_experts(choice.prefetched, out.at(layer, *slots_.prefetched_experts));
    const std::size_t ahead = layer + static_cast<std::size_t>(config_.experts.prefetch_lead);
    if (ahead < choices_.size())
      add_transfer(choices_[ahead].prefetched, *slots_.prefetch, slots_.prefetch_ssd, layer, out);
  }

  ExecutionConfig config_;
  const LoweredModel& model_;
  ExpertOffloadGraph slots_;
  PassOps ops_;
  ExpertChooser chooser_;
  std::vector<LayerGroup> layers_;  // one by one
  std::vector<LayerChoice> choices_;
};

}  // namespace

std::unique_ptr<ExecutionSystem> make_expert_offload(const ExecutionConfig& config,
                                                     const SystemContext& context) {
  check(config, context);
  return std::make_unique<ExpertOffload>(config, context);
}

}  // namespace headroom
