#include "analysis/limits/moe_lightning_solver.hpp"

#include <algorithm>
#include <array>

namespace headroom::moe_lightning {
namespace {

// Of the artifact.
constexpr double kUsableGpuMemory = 0.86, kUsableCpuMemory = 0.80;
constexpr double kWorkspaceSlack = 1.2;
constexpr std::array<std::int64_t, 4> kSmallMicroBatches{1, 2, 3, 4};
constexpr std::int64_t kMicroBatchStep = 32;
constexpr std::int64_t kLargestMicroBatch = 100'000;

double real(std::int64_t count) { return static_cast<double>(count); }

double kv_width(const Model& m) { return real(m.hidden) * real(m.kv_heads) / real(m.heads); }

double expert_bytes(const Model& m) {
  return 6 * real(m.hidden) * real(m.expert_width) * real(m.experts);
}

void add_times(const Model& m, const Machine& machine, const Lengths& n, const Policy& policy,
               Prediction& out) {
  const double h1 = real(m.hidden), h2 = real(m.expert_width), gbs = real(policy.micro_batch),
               nb = real(policy.micro_batches);
  const double context = n.prompt + n.output, hd = real(m.head_dim);
  out.link_s = expert_bytes(m) * (1 - policy.weights_on_gpu) / machine.link;
  out.gpu_s =
      nb * std::max(6 * gbs * h1 * h2 * real(m.experts_per_token) / machine.gpu_flops,
                    (2 * gbs * h1 + 2 * gbs * h2 + expert_bytes(m)) / machine.gpu_bandwidth);
  out.cpu_s =
      nb * std::max(gbs * context * real(m.heads) * (2 * hd + 2) / machine.cpu_flops,
                    (4 * gbs * real(m.heads) * hd + 4 * gbs * context * real(m.kv_heads) * hd) /
                        machine.cpu_bandwidth);
  out.layer_s = std::max({out.link_s, out.gpu_s, out.cpu_s});
  out.output_tokens_per_s =
      real(policy.batch()) * n.output / (out.layer_s * (n.output - 1) * real(m.layers));
}

// Everything but what depends on weights_on_gpu is as large for any share.
void add_memory(const Model& m, const Machine& machine, const Lengths& n, const Policy& policy,
                Prediction& out) {
  const double h1 = real(m.hidden), h2 = real(m.expert_width), gbs = real(policy.micro_batch),
               bls = real(policy.batch()), layers = real(m.layers), s = n.prompt;
  const double experts = expert_bytes(m), streamed = 1 - policy.weights_on_gpu;
  out.attention_bytes = (4 * h1 * h1 + 4 * h1 * kv_width(m)) * layers;
  out.weight_bytes = experts * layers + out.attention_bytes;
  out.gpu_home =
      out.attention_bytes + experts * layers * policy.weights_on_gpu +
      std::max(4 * h1 * bls, 4 * s * h1 * gbs + 2 * s * h1 * bls + 8 * s * kv_width(m) * gbs);
  out.gpu_weight_buffers = 2 * experts * streamed;
  out.gpu_workspace =
      2 * kWorkspaceSlack *
      (gbs * real(m.experts_per_token) * h1 * s + 3 * gbs * real(m.experts_per_token) * h2 * s);
  out.gpu_peak = out.gpu_home + out.gpu_weight_buffers + out.gpu_workspace;
  out.cpu_peak = experts * layers * streamed + 4 * (s + n.output) * kv_width(m) * bls * layers +
                 2 * h1 * bls * s + 2 * experts * streamed;
  out.fits = out.gpu_peak <= kUsableGpuMemory * machine.gpu_memory &&
             out.cpu_peak <= kUsableCpuMemory * machine.cpu_memory;
}

}  // namespace

Prediction predict(const Model& model, const Machine& machine, const Lengths& lengths,
                   const Policy& policy) {
  Prediction prediction;
  add_times(model, machine, lengths, policy, prediction);
  add_memory(model, machine, lengths, policy, prediction);
  return prediction;
}

std::optional<Policy> with_most_weights(const Model& model, const Machine& machine,
                                        const Lengths& lengths, Policy policy) {
  policy.weights_on_gpu = 0;
  const Prediction none = predict(model, machine, lengths, policy);
  // GPU memory grows by L layers of experts and shrinks by two buffers per unit of the share.
  const double per_share = expert_bytes(model) * (real(model.layers) - 2);
  const double room = kUsableGpuMemory * machine.gpu_memory - none.gpu_peak;
  if (room < 0) return std::nullopt;
  policy.weights_on_gpu = per_share > 0 ? std::min(1.0, room / per_share) : 1.0;
  // CPU memory only shrinks with the share.
  const Prediction most = predict(model, machine, lengths, policy);
  if (most.cpu_peak > kUsableCpuMemory * machine.cpu_memory) return std::nullopt;
  return policy;
}

std::optional<Choice> search(const Model& model, const Machine& machine, const Lengths& lengths) {
  std::optional<Choice> best;
  const auto try_micro_batch = [&](std::int64_t size) {
    double last = 0;
    bool any = false;
    for (std::int64_t count = 1;; ++count) {
      const auto policy = with_most_weights(model, machine, lengths, {size, count, 0});
      if (!policy) return any;
      any = true;
      const Prediction found = predict(model, machine, lengths, *policy);
      if (found.output_tokens_per_s < last) return true;
      last = found.output_tokens_per_s;
      if (!best || last >= best->prediction.output_tokens_per_s) best = Choice{*policy, found};
    }
  };
  for (const std::int64_t size : kSmallMicroBatches)
    if (!try_micro_batch(size)) return best;
  for (std::int64_t size = kSmallMicroBatches.back() + kMicroBatchStep; size < kLargestMicroBatch;
       size += kMicroBatchStep)
    if (!try_micro_batch(size)) return best;
  return best;
}

}  // namespace headroom::moe_lightning
