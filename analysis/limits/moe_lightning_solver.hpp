// analysis/limits/moe_lightning_solver.hpp -- the policy search of MoE-Lightning (arXiv 2411.11217,
// section 4, Eq. 12-14) in the form of its released artifact (fastmoe/backend/optimizer.py):
// attention on the CPU, experts on the GPU, weights streamed while both compute. It predicts decode
// throughput and ranks policies; measured end-to-end rates are 3 to 5 times lower.
//
// 16-bit weights and KV cache, three matrices per expert. Sizes in bytes, rates per second. With
// several GPUs (tensor parallel) their memories and rates are given together.
#pragma once

#include <cstdint>
#include <optional>

namespace headroom::moe_lightning {

struct Model {
  std::int64_t layers = 0, hidden = 0, expert_width = 0;  // L, h1, h2
  std::int64_t heads = 0, kv_heads = 0, head_dim = 0;     // nq, nkv, hd
  std::int64_t experts = 1, experts_per_token = 1;        // n_e, k
};
struct Machine {
  double gpu_memory = 0, cpu_memory = 0;
  double link = 0;                          // b_cg, CPU to GPU
  double gpu_bandwidth = 0, gpu_flops = 0;  // b_g, p_g
  double cpu_bandwidth = 0, cpu_flops = 0;  // b_c, p_c
};
struct Lengths {
  double prompt = 0, output = 0;  // s, n
};
struct Policy {
  std::int64_t micro_batch = 1;    // gbs
  std::int64_t micro_batches = 1;  // nb
  double weights_on_gpu = 0;       // wg, of the experts
  std::int64_t batch() const { return micro_batch * micro_batches; }
};

struct Prediction {
  double link_s = 0, gpu_s = 0, cpu_s = 0;  // of one layer in decode
  double layer_s = 0;                       // the largest
  double output_tokens_per_s = 0;           // decode
  double weight_bytes = 0;                  // experts and attention, all layers
  double attention_bytes = 0;               // resident on the GPU
  double gpu_home = 0, gpu_weight_buffers = 0, gpu_workspace = 0;
  double gpu_peak = 0, cpu_peak = 0;
  bool fits = false;  // in 86 % of GPU and 80 % of CPU memory, as the artifact has it
};
Prediction predict(const Model& model, const Machine& machine, const Lengths& lengths,
                   const Policy& policy);

// The largest weights_on_gpu in [0, 1] that fits; nothing when none does.
std::optional<Policy> with_most_weights(const Model& model, const Machine& machine,
                                        const Lengths& lengths, Policy policy);

struct Choice {
  Policy policy;
  Prediction prediction;
};
// gbs of 1, 2, 3, 4, 36, 68, ...; nb from 1 while throughput does not fall; the rest of the weights
// that fit on the GPU; the best throughput, the later of equals. Nothing when nothing fits.
std::optional<Choice> search(const Model& model, const Machine& machine, const Lengths& lengths);

}  // namespace headroom::moe_lightning
