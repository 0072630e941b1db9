#include <algorithm>

#include "analysis/limits/batch_steps.hpp"
#include "analysis/limits/model_rows.hpp"
#include "analysis/limits/sockets_in_use.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

// Of the matrices that tokens go through, on one rank; attention is not among them. `sampled` go
// through the LM head.
double gemm_flops(const LoweredModel& model, double tokens, double sampled) {
  std::vector<OpCount> ops;
  if (tokens > 0) model.token_ops(tokens, ops);
  if (sampled > 0) model.sampling_ops(sampled, ops);
  double flops = 0;
  for (const auto& [op, count] : ops)
    if (op.kind != OpKind::kNorm && op.kind != OpKind::kSample && op.weight_bytes.value > 0)
      flops += op.flops.value * real(count);
  return flops;
}

}  // namespace

ModelInputs::ModelInputs(const OffloadLimitsInput& input, const WorkTotals& work)
    : scenario(input) {
  const LimitsInput& serving = input.serving;
  const LoweredModel& model = serving.model;
  const ExecutionConfig& system = input.system;
  prompt =
      system.padded ? real(work.longest_prompt) : real(work.prompt_tokens) / real(work.requests);
  output = real(work.output_tokens) / real(work.requests);
  replicas = real(serving.replicas);
  sequences = ceil_div(work.requests, serving.replicas);
  kv_tokens = kv_tokens_held(serving, kv_layout(model, serving.serving.block_size));
  total_tokens = real(work.prompt_tokens + work.output_tokens);
  output_tokens = real(work.output_tokens);
  computed_tokens = real(work.new_tokens());
  if (serving.kv_blocks > 0)
    kv_token_passes = work.block_steps * kv_tokens / real(serving.kv_blocks);
  ranks = real(model.parallelism().tensor);
  kv_bytes_per_token = ranks * model.kv_bytes_per_token().value *
                       bytes_per_element(system.kv_transfer_type) /
                       bytes_per_element(model.types().kv_cache);
  concurrent = real(system.micro_batch_size * system.num_micro_batches);
  if (system.micro_batch_size == 0)
    concurrent = std::min(
        {real(sequences), real(serving.serving.max_num_seqs), kv_tokens / (prompt + output / 2)});
  link = ranks * input.node.pcie.bandwidth.value;
  gpu_flops = ranks * peak_rate(serving.gpu, projection_type(model.types())).value;
  gpu_bandwidth = ranks * serving.gpu.hbm_bandwidth.value;
  gemm_flops_per_token = ranks * gemm_flops(model, 1, 0);
  gemm_flops_per_sample = ranks * gemm_flops(model, 0, 1);
  gpu_tokens_per_s =
      gpu_flops / (gemm_flops_per_token + gemm_flops_per_sample * output / (prompt + output));
  const Op pair = model.decode_attention(0, 0, 1, 0);
  attention_flops_per_pair = ranks * pair.flops.value;
  const SocketsInUse sockets(input);
  cpu_flops = sockets.flops(pair.compute_type).value;
  cpu_bandwidth = sockets.cpu_bandwidth().value;
}

}  // namespace headroom
