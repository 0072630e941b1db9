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

ResourceBounds::ResourceBounds(const OffloadLimitsInput& input, const WorkTotals& work,
                               const WorkRates& rates)
    : input_(input),
      work_(work),
      rates_(rates),
      ranks_(static_cast<double>(input.serving.model.parallelism().tensor)),
      replicas_(static_cast<double>(input.serving.replicas)),
      outside_kv_(1 - input.system.placement.kv_cache.gpu) {}

double ResourceBounds::gpu_compute_s() const {
  double per_token = rates_.compute_s_per_token;
  // The CPU may compute any of them.
  if (cpu_has_experts(input_.system))
    per_token -= expert_compute_s(input_.serving.model, input_.serving.gpu);
  double s = static_cast<double>(work_.new_tokens()) * per_token +
             static_cast<double>(work_.output_tokens) * rates_.compute_s_per_sample;
  const double decode_share = cpu_has_attention(input_.system) ? 1 - outside_kv_ : 1.0;
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
    experts_s = cpu_has_experts(input_.system) ? 0.0 : read * rates_.hbm_s_one_expert_each;
  }
  const double weights_s =
      passes * (rates_.hbm_s_weights_per_step - rates_.hbm_s_head_per_step) - counted_s +
      static_cast<double>(work_.longest_output) * rates_.hbm_s_head_per_step + experts_s;
  const double read_share = cpu_has_attention(input_.system) ? 1 - outside_kv_ : 1.0;
  const double kv_bytes = decode_kv_bytes(work_, rates_) * read_share +
                          static_cast<double>(work_.new_tokens()) * (1 - outside_kv_) *
                              input_.serving.model.kv_bytes_per_token().value;
  return weights_s * stored + kv_bytes * stored_kv_share(input_) * rates_.hbm_s_per_byte;
}

void ResourceBounds::add_links(const TrafficByPurpose& traffic,
                               std::vector<ResourceBound>& out) const {
  const NodeSpec& node = input_.node;
  const SocketsInUse sockets(input_);
  const auto joined = [&](auto bytes_of) {
    double sum = 0, largest = 0;
    for (const Traffic& one : traffic) {
      sum += bytes_of(one);
      largest = std::max(largest, bytes_of(one));
    }
    return node.shared_links ? sum : largest;
  };
  const auto add = [&](const char* name, double bytes, BytesPerSecond rate, const char* work) {
    if (bytes > 0) out.push_back({name, rate.value, kBytesPerSecond, bytes / rate.value, work});
  };
  const double in = joined([](const Traffic& t) { return t.to_gpu; });
  add("pcie_h2d", in, node.pcie.bandwidth,
      "streamed weights once per pass, KV that the GPU reads, activations");
  add("pcie_d2h", joined([](const Traffic& t) { return t.from_gpu; }), node.pcie.bandwidth,
      "KV of every token that is kept outside HBM, activations");
  if (node.pcie.gpus_per_switch > 1)
    add("pcie_uplink", in * static_cast<double>(sockets.ranks_of_a_switch()),
        node.pcie.uplink_bandwidth, "what the GPUs of one switch are sent");
  add("dram", ranks_ * joined([](const Traffic& t) { return t.dram + t.cores; }),
      sockets.dram_bandwidth(), "copies to and from the GPUs and what the cores read");
  if (!node.ssd) return;
  add("ssd_read", ranks_ * joined([](const Traffic& t) { return t.ssd_read; }),
      node.ssd->read_rate(), "weights on SSD once per pass, KV on SSD once per token");
  add("ssd_write", ranks_ * joined([](const Traffic& t) { return t.ssd_write; }),
      node.ssd->write_rate(), "KV of every token that is kept on SSD");
}

void ResourceBounds::add_cpu(const TrafficByPurpose& traffic,
                             std::vector<ResourceBound>& out) const {
  const LoweredModel& model = input_.serving.model;
  const SocketsInUse sockets(input_);
  const double bytes = ranks_ * traffic[static_cast<std::size_t>(Purpose::kCores)].cores;
  const double memory = sockets.cpu_bandwidth().value;
  if (bytes > 0)
    out.push_back({"cpu_memory", memory, kBytesPerSecond, bytes / memory,
                   "KV and experts that the cores read"});
  auto [flops, type] = unavoidable_cpu_experts(input_, work_);
  const char* work = "experts that cannot be cached, of every token";
  if (cpu_has_attention(input_.system)) {
    work = "decode attention over KV outside HBM";
    for (int i = 0; i < rates_.spans; ++i) {
      const auto at = static_cast<std::size_t>(i);
      const Op pair = model.decode_attention(i, 0, 1, 0);
      type = pair.compute_type;
      flops += outside_kv_ * static_cast<double>(work_.spans[at].decode_pairs) * pair.flops.value *
               static_cast<double>(model.spans()[at].instances);
    }
  }
  const double peak = sockets.flops(type).value;
  if (flops > 0 && peak > 0)
    out.push_back({"cpu_compute", peak, kFlopsPerSecond, ranks_ * flops / peak, work});
}

std::vector<ResourceBound> ResourceBounds::at(double passes) const {
  std::vector<ResourceBound> bounds;
  const GpuSpec& gpu = input_.serving.gpu;
  const double peak = peak_rate(gpu, projection_type(input_.serving.model.types())).value;
  bounds.push_back({"gpu_compute", peak, kFlopsPerSecond, gpu_compute_s(),
                    "FLOP of the tokens that have to be computed on the GPU"});
  bounds.push_back({"hbm", gpu.hbm_bandwidth.value, kBytesPerSecond, hbm_s(passes),
                    "weights once per pass, KV that the GPU reads and keeps"});
  const TrafficByPurpose traffic = unavoidable_traffic(input_, work_, rates_, passes);
  add_links(traffic, bounds);
  add_cpu(traffic, bounds);
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
