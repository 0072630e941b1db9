#include "analysis/limits/unavoidable_traffic.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/limits/streamed_weights.hpp"
#include "sim/transformer/layer_parameters.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

class Count {
 public:
  Count(const OffloadLimitsInput& input, const WorkTotals& work, const WorkRates& rates,
        double passes)
      : model_(input.serving.model),
        system_(input.system),
        direct_(input.node.gpu_direct_storage),
        work_(work),
        passes_(passes),
        stored_kv_(stored_kv_share(input)),
        kv_read_(decode_kv_bytes(work, rates) * stored_kv_) {}

  TrafficByPurpose run() {
    count_weights();
    const bool on_cpu = cpu_has_attention(system_);
    on_cpu ? count_cpu_attention() : count_gpu_attention();
    count_hidden_states();
    if (cpu_has_experts(system_)) count_hidden_states_of_experts();
    return traffic_;
  }

 private:
  Traffic& of(Purpose purpose) { return traffic_[static_cast<std::size_t>(purpose)]; }

  double kv_of_token() const { return model_.kv_bytes_per_token().value * stored_kv_; }
  double layers() const { return real(model_.model().num_hidden_layers); }
  double hidden() const {
    return real(model_.model().hidden_size) * bytes_per_element(stream_type(model_.types()));
  }

  void count_weights() {
    const double streamed = passes_ * streamed_per_pass(model_, system_).value;
    if (cpu_has_experts(system_)) {
      of(Purpose::kCores).cores += streamed;
      return;
    }
    const double off_ssd = passes_ * ssd_per_pass(model_, system_).value;
    // What the expert cache in DRAM has may also come off the SSD, and then past DRAM.
    const double past_dram = !direct_                                         ? 0.0
                             : chooses_experts(system_) && off_ssd < streamed ? streamed
                                                                              : off_ssd;
    Traffic& weights = of(Purpose::kWeights);
    weights.to_gpu += streamed;
    weights.ssd_read += off_ssd;
    weights.dram += streamed - past_dram;
  }

  void count_gpu_attention() {
    const TierFractions& placed = system_.placement.kv_cache;
    const double outside = 1 - placed.gpu;
    const double written = real(work_.new_tokens()) * kv_of_token();
    const double through_dram = direct_ ? placed.dram : outside;
    Traffic& kv = of(Purpose::kKv);
    kv.to_gpu += kv_read_ * outside;
    kv.from_gpu += written * outside;
    kv.dram += (kv_read_ + written) * through_dram;
    kv.ssd_read += kv_read_ * placed.ssd;
    kv.ssd_write += written * placed.ssd;
  }

  // New KV of decodes goes down with their queries; KV on the SSD is loaded for the cores.
  void count_cpu_attention() {
    const TierFractions& placed = system_.placement.kv_cache;
    const double outside = 1 - placed.gpu;
    const double prompts = real(work_.new_prompt_tokens) * outside * kv_of_token();
    const double decodes = real(work_.decode_tokens) * outside;
    const AttentionBoundary boundary = model_.attention_boundary();
    Traffic& kv = of(Purpose::kKv);
    kv.from_gpu += prompts;
    kv.ssd_read += kv_read_ * placed.ssd;
    kv.ssd_write += real(work_.new_tokens()) * kv_of_token() * placed.ssd;
    kv.dram += prompts + kv.ssd_read + kv.ssd_write;
    Traffic& activations = of(Purpose::kActivations);
    const double down = decodes * (boundary.query.value * layers() + kv_of_token());
    const double up = decodes * boundary.output.value * layers();
    activations.from_gpu += down;
    activations.to_gpu += up;
    activations.dram += down + up;
    of(Purpose::kCores).cores += kv_read_ * outside;
  }

  // Of micro-batches that wait outside HBM; with a share on the SSD all of it goes there.
  void count_hidden_states() {
    const TierFractions& placed = system_.placement.activations;
    if (system_.num_micro_batches <= 1 || placed.gpu >= 1) return;
    const double bytes = real(work_.new_tokens()) * layers() * hidden() * (1 - placed.gpu) /
                         real(model_.parallelism().tensor);
    Traffic& activations = of(Purpose::kActivations);
    activations.from_gpu += bytes;
    activations.to_gpu += bytes;
    if (placed.ssd > 0) {
      activations.ssd_read += bytes;
      activations.ssd_write += bytes;
    }
    if (placed.ssd <= 0 || !direct_) activations.dram += 2 * bytes;
  }

  // In each layer in which a token must visit an expert that is not cached.
  void count_hidden_states_of_experts() {
    const double bytes =
        real(work_.new_tokens()) * least_layers_with_misses(model_, system_) * hidden();
    Traffic& activations = of(Purpose::kActivations);
    activations.from_gpu += bytes;
    activations.to_gpu += bytes;
    activations.dram += 2 * bytes;
  }

  const LoweredModel& model_;
  const ExecutionConfig& system_;
  bool direct_;  // from the SSD to the GPU
  const WorkTotals& work_;
  double passes_;
  double stored_kv_;
  double kv_read_;
  TrafficByPurpose traffic_{};
};

}  // namespace

bool cpu_has_attention(const ExecutionConfig& system) {
  return system.attention == Device::kCpu && system.placement.kv_cache.gpu < 1;
}

bool cpu_has_experts(const ExecutionConfig& system) {
  return chooses_experts(system) && system.experts.compute == Device::kCpu;
}

double stored_kv_share(const OffloadLimitsInput& input) {
  return std::min(1.0, bytes_per_element(input.system.kv_transfer_type) /
                           bytes_per_element(input.serving.model.types().kv_cache));
}

double decode_kv_bytes(const WorkTotals& work, const WorkRates& rates) {
  double bytes = 0;
  for (int i = 0; i < rates.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    bytes += real(work.spans[at].decode_read) * rates.hbm_s_per_kv_token[at] / rates.hbm_s_per_byte;
  }
  return bytes;
}

TrafficByPurpose unavoidable_traffic(const OffloadLimitsInput& input, const WorkTotals& work,
                                     const WorkRates& rates, double passes) {
  return Count(input, work, rates, passes).run();
}

CpuExpertWork unavoidable_cpu_experts(const OffloadLimitsInput& input, const WorkTotals& work) {
  CpuExpertWork out;
  const LoweredModel& model = input.serving.model;
  if (!cpu_has_experts(input.system) || !model.model().moe) return out;
  const double visits = real(model.model().moe->num_experts_per_tok * moe_layers(model.model()));
  const double share = least_misses_of_token(model, input.system) / visits;
  std::vector<OpCount> ops;
  model.token_ops(1.0, ops);
  for (const auto& [op, count] : ops) {
    if (op.kind != OpKind::kMoeExperts) continue;
    out.flops += real(work.new_tokens() * count) * op.flops.value * share;
    out.type = op.compute_type;
  }
  return out;
}

}  // namespace headroom
