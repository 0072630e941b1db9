#include "analysis/limits/resource_bounds.hpp"

#include <algorithm>

#include "analysis/limits/batch_steps.hpp"
#include "analysis/limits/sockets_in_use.hpp"
#include "analysis/limits/streamed_weights.hpp"

namespace headroom {
namespace {

constexpr const char* kBytesPerSecond = "B/s";
constexpr const char* kFlopsPerSecond = "FLOP/s";

double expert_compute_s(const LoweredModel& model, const GpuSpec& gpu) {
  std::vector<OpCount> ops;
  model.token_ops(1.0, ops);
  double seconds = 0;
  for (const auto& [op, count] : ops)
    if (op.kind == OpKind::kMoeExperts)
      seconds += static_cast<double>(count) * (op.flops / peak_rate(gpu, op.compute_type)).value;
  return seconds;
}

}  // namespace

// Bytes of one rank.
struct ResourceBounds::Traffic {
  double weights_in = 0, kv_in = 0, kv_out = 0;  // over PCIe
  double cpu_kv = 0, cpu_experts = 0;            // drawn by the cores
  double weights_ssd = 0, kv_ssd_in = 0, kv_ssd_out = 0;
};

ResourceBounds::ResourceBounds(const OffloadLimitsInput& input, const WorkTotals& work,
                               const WorkRates& rates)
    : input_(input), work_(work), rates_(rates) {
  const LoweredModel& model = input.serving.model;
  ranks_ = static_cast<double>(model.parallelism().tensor);
  replicas_ = static_cast<double>(input.serving.replicas);
  outside_kv_ = 1 - input.system.placement.kv_cache.gpu;
  stored_kv_ = std::min(1.0, bytes_per_element(input.system.kv_transfer_type) /
                                 bytes_per_element(model.types().kv_cache));
  streamed_ = streamed_per_pass(model, input.system).value;
}

bool ResourceBounds::cpu_has_attention() const { return input_.system.attention == Device::kCpu; }

bool ResourceBounds::cpu_has_experts() const {
  return chooses_experts(input_.system) && input_.system.experts.compute == Device::kCpu;
}

double ResourceBounds::joined(double one, double other) const {
  return input_.node.shared_links ? one + other : std::max(one, other);
}

// By decode attention, at the size the cache has in HBM.
double ResourceBounds::kv_bytes_read() const {
  double bytes = 0;
  for (int i = 0; i < rates_.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    bytes += static_cast<double>(work_.spans[at].decode_read) * rates_.hbm_s_per_kv_token[at] /
             rates_.hbm_s_per_byte;
  }
  return bytes;
}

ResourceBounds::Traffic ResourceBounds::traffic(double passes) const {
  Traffic t;
  const double streamed = passes * streamed_;
  (cpu_has_experts() ? t.cpu_experts : t.weights_in) = streamed;
  t.weights_ssd = streamed * ssd_share(input_.system);
  const double read = kv_bytes_read() * stored_kv_;
  const double written = static_cast<double>(work_.new_tokens()) *
                         input_.serving.model.kv_bytes_per_token().value * stored_kv_;
  const double outside_ssd = outside_kv_ > 0 ? input_.system.placement.kv_cache.ssd : 0.0;
  (cpu_has_attention() ? t.cpu_kv : t.kv_in) = read * outside_kv_;
  t.kv_out = written * outside_kv_;
  t.kv_ssd_in = read * outside_ssd;
  t.kv_ssd_out = written * outside_ssd;
  return t;
}

double ResourceBounds::gpu_compute_s() const {
  double per_token = rates_.compute_s_per_token;
  // The CPU may compute any of them.
  if (cpu_has_experts()) per_token -= expert_compute_s(input_.serving.model, input_.serving.gpu);
  double s = static_cast<double>(work_.new_tokens()) * per_token +
             static_cast<double>(work_.output_tokens) * rates_.compute_s_per_sample;
  const double decode_share = cpu_has_attention() ? 1 - outside_kv_ : 1.0;
  for (int i = 0; i < rates_.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    s +=
        static_cast<double>(work_.spans[at].prefill_pairs) * rates_.compute_s_per_prefill_pair[at] +
        static_cast<double>(work_.spans[at].decode_pairs) * decode_share *
            rates_.compute_s_per_decode_pair[at];
  }
  return s;
}

double ResourceBounds::hbm_s(double passes) const {
  const auto& moe = input_.serving.model.model().moe;
  const bool chooses = chooses_experts(input_.system);
  const double stored = chooses ? narrowest_share(input_.serving.model, input_.system)
                                : stored_share(input_.serving.model, input_.system);
  double experts_s = 0, counted_s = 0;
  if (moe) {
    const double counted = passes * static_cast<double>(moe->num_experts_per_tok);
    counted_s = counted * rates_.hbm_s_one_expert_each;
    // Which experts tokens choose is drawn where experts are cached: more than k is not certain.
    const double read =
        chooses ? counted : std::max(counted, experts_of_batches(input_.serving, work_));
    experts_s = cpu_has_experts() ? 0.0 : read * rates_.hbm_s_one_expert_each;
  }
  const double weights_s =
      passes * (rates_.hbm_s_weights_per_step - rates_.hbm_s_head_per_step) - counted_s +
      static_cast<double>(work_.longest_output) * rates_.hbm_s_head_per_step + experts_s;
  const double read_share = cpu_has_attention() ? 1 - outside_kv_ : 1.0;
  const double kv_bytes =
      kv_bytes_read() * read_share + static_cast<double>(work_.new_tokens()) * (1 - outside_kv_) *
                                         input_.serving.model.kv_bytes_per_token().value;
  return weights_s * stored + kv_bytes * stored_kv_ * rates_.hbm_s_per_byte;
}

void ResourceBounds::add_links(double passes, std::vector<ResourceBound>& out) const {
  const Traffic t = traffic(passes);
  const NodeSpec& node = input_.node;
  const SocketsInUse sockets(input_);
  const auto add = [&](const char* name, double bytes, BytesPerSecond rate, const char* work) {
    if (bytes > 0) out.push_back({name, rate.value, kBytesPerSecond, bytes / rate.value, work});
  };
  const double in = joined(t.weights_in, t.kv_in);
  add("pcie_h2d", in, node.pcie.bandwidth, "streamed weights once per pass, KV that the GPU reads");
  add("pcie_d2h", t.kv_out, node.pcie.bandwidth, "KV of every token that is kept outside HBM");
  if (node.pcie.gpus_per_switch > 1)
    add("pcie_uplink", in * static_cast<double>(sockets.ranks_of_a_switch()),
        node.pcie.uplink_bandwidth, "what the GPUs of one switch are sent");
  // What the GPU reads off an SSD itself does not stop in DRAM.
  const double skipped = node.gpu_direct_storage ? t.weights_ssd : 0.0;
  const double skipped_kv = node.gpu_direct_storage && !cpu_has_attention() ? t.kv_ssd_in : 0.0;
  const double skipped_out = node.gpu_direct_storage ? t.kv_ssd_out : 0.0;
  const double sent = joined(joined(std::max(0.0, t.weights_in - skipped), t.kv_in - skipped_kv),
                             t.kv_out - skipped_out);
  add("dram", ranks_ * joined(sent, joined(t.cpu_kv, t.cpu_experts)), sockets.dram_bandwidth(),
      "copies to and from the GPUs and what the cores read");
  if (!node.ssd) return;
  add("ssd_read", ranks_ * joined(t.weights_ssd, t.kv_ssd_in), node.ssd->read_rate(),
      "weights on SSD once per pass, KV on SSD once per token");
  add("ssd_write", ranks_ * t.kv_ssd_out, node.ssd->write_rate(),
      "KV of every token that is kept on SSD");
}

void ResourceBounds::add_cpu(double passes, std::vector<ResourceBound>& out) const {
  const Traffic t = traffic(passes);
  const LoweredModel& model = input_.serving.model;
  const double bytes = ranks_ * joined(t.cpu_kv, t.cpu_experts);
  if (bytes <= 0) return;
  const SocketsInUse sockets(input_);
  const double memory = sockets.cpu_bandwidth().value;
  out.push_back({"cpu_memory", memory, kBytesPerSecond, bytes / memory,
                 "KV and experts that the cores read"});
  double flops = 0;
  DataType type = DataType::kFp32;
  for (int i = 0; i < rates_.spans; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const Op pair = model.decode_attention(i, 0, 1, 0);
    type = pair.compute_type;
    flops += static_cast<double>(work_.spans[at].decode_pairs) * pair.flops.value *
             static_cast<double>(model.spans()[at].instances);
  }
  const double peak = sockets.flops(type).value;
  if (!cpu_has_attention() || outside_kv_ <= 0 || flops <= 0 || peak <= 0) return;
  out.push_back({"cpu_compute", peak, kFlopsPerSecond, ranks_ * outside_kv_ * flops / peak,
                 "decode attention over KV outside HBM"});
}

std::vector<ResourceBound> ResourceBounds::at(double passes) const {
  std::vector<ResourceBound> bounds;
  const GpuSpec& gpu = input_.serving.gpu;
  const double peak = peak_rate(gpu, projection_type(input_.serving.model.types())).value;
  bounds.push_back({"gpu_compute", peak, kFlopsPerSecond, gpu_compute_s(),
                    "FLOP of the tokens that have to be computed on the GPU"});
  bounds.push_back({"hbm", gpu.hbm_bandwidth.value, kBytesPerSecond, hbm_s(passes),
                    "weights once per pass, KV that the GPU reads and keeps"});
  add_links(passes, bounds);
  add_cpu(passes, bounds);
  // Rates of the scenario hold for the node; an efficiency above 1 makes all of them faster.
  const double fastest = replicas_ * std::max(1.0, input_.system.efficiency);
  for (auto& bound : bounds) bound.seconds /= fastest;
  return bounds;
}

ResourceBound ResourceBounds::tightest(double passes) const {
  const auto bounds = at(passes);
  return *std::max_element(bounds.begin(), bounds.end(),
                           [](const auto& a, const auto& b) { return a.seconds < b.seconds; });
}

double shortest_pass_s(const OffloadLimitsInput& input, const WorkRates& rates) {
  const WorkTotals nothing;
  return ResourceBounds(input, nothing, rates).tightest(1.0).seconds *
         static_cast<double>(input.serving.replicas);
}

}  // namespace headroom
