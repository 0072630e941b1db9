#include <algorithm>

#include "analysis/limits/batch_steps.hpp"
#include "analysis/limits/model_rows.hpp"
#include "analysis/limits/sockets_in_use.hpp"

namespace headroom {
namespace {

double real(std::int64_t count) { return static_cast<double>(count); }

// Of the matrices that one token goes through, on one rank; attention is not among them. `sampled`
// of the tokens go through the LM head.
double gemm_flops_per_token(const LoweredModel& model, double sampled) {
  std::vector<OpCount> ops;
  model.token_ops(1.0, ops);
  model.sampling_ops(sampled, ops);
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
  sequences = ceil_div(work.requests, serving.replicas);
  kv_tokens = kv_tokens_held(serving, kv_layout(model, serving.serving.block_size));
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
  gpu_tokens_per_s = gpu_flops / (ranks * gemm_flops_per_token(model, output / (prompt + output)));
  const Op pair = model.decode_attention(0, 0, 1, 0);
  attention_flops_per_pair = ranks * pair.flops.value;
  const SocketsInUse sockets(input);
  cpu_flops = sockets.flops(pair.compute_type).value;
  cpu_bandwidth = sockets.cpu_bandwidth().value;
}

}  // namespace headroom
