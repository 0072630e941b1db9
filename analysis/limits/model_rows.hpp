// analysis/limits/model_rows.hpp -- the published models of offload systems with the numbers of a
// scenario, as rows. They predict or rank; only what says so in its source is a limit. Rates are
// those of the data sheets unless a row says otherwise, lengths the workload's means (of a padded
// system the longest prompt), and everything is of one replica.
#pragma once

#include <vector>

#include "analysis/limits/offload_limits.hpp"

namespace headroom {

// A scenario as the models see it: one replica. Rates in rows are those of all replicas.
struct ModelInputs {
  ModelInputs(const OffloadLimitsInput& input, const WorkTotals& work);
  const OffloadLimitsInput& scenario;
  double prompt = 0, output = 0;  // tokens of a sequence
  double replicas = 1;
  std::int64_t sequences = 0;  // of a replica
  double kv_tokens = 0;        // that KV memory holds
  // Exact counts of the workload, whatever is padded: bounds are made of these.
  double total_tokens = 0, output_tokens = 0, computed_tokens = 0;
  double kv_token_passes = 0;     // KV tokens held, whole blocks, summed over passes
  double kv_bytes_per_token = 0;  // outside the GPU, all ranks
  double concurrent = 0;          // sequences in a pass: a block, or what memory and engine allow
  double ranks = 1;
  double link = 0;  // bytes/s from DRAM to all GPUs
  double gpu_flops = 0, gpu_bandwidth = 0;
  double cpu_flops = 0, cpu_bandwidth = 0;  // of attention, on the sockets in use
  double gpu_tokens_per_s = 0;              // C / FLOP of a token in GEMMs
  double gemm_flops_per_token = 0;          // but the LM head; all ranks
  double gemm_flops_per_sample = 0;         // of the LM head
  double attention_flops_per_pair = 0;      // of one layer, all ranks
};

// Saturation, PME, stage 1 and stage 2. For systems that stream weights in every pass.
void add_moe_lens_rows(const ModelInputs& inputs, std::vector<LimitRow>& rows);
// HRM of attention and of the MLPs; for moe_lightning its policy and that of the solver.
void add_moe_lightning_rows(const ModelInputs& inputs, std::vector<LimitRow>& rows);
// The cost model of a block, in both forms; where published rates are known also with those.
void add_flexgen_rows(const ModelInputs& inputs, std::vector<LimitRow>& rows);

}  // namespace headroom
