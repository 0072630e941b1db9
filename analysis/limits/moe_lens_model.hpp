// analysis/limits/moe_lens_model.hpp -- the performance model of MoE-Lens (arXiv 2504.09345): every
// pass streams all weights to the GPU, KV memory outside it bounds how many sequences share a pass.
// Plain numbers in, plain numbers out: FLOP, bytes, seconds, tokens.
//
// Symbols: p prompt and g output tokens of a sequence, M tokens that KV memory holds, B bytes/s
// from DRAM to the GPU, C FLOP/s of its GEMMs, delta seconds in which all weights cross once.
//
// A sequence is in g passes: the prefill emits the first token. So with KV summed over j = 0 .. g -
// 1 stage 1 is a limit; the paper sums j = 0 .. g, a pass more than there is, and a run can beat
// that.
#pragma once

#include <cstdint>

namespace headroom::moe_lens {

// Of one layer.
struct Shape {
  double experts = 1, experts_per_token = 1;  // N_e, N_k; 1 and 1: a dense model
  double expansion = 0;                       // m: width of an expert / hidden size
  double heads_per_kv_head = 1;               // s
};

// Eq. 1: FLOP per byte of streamed 16-bit weights with n tokens in a pass,
// n (6 m N_k + 2 + 2/s) / (6 m N_e + 2 + 2/s).
double gemm_intensity(const Shape& shape, double tokens);

// Eq. 2: tokens of a pass that keep the GPU busy while weights stream, (C / B) (N_e / N_k).
double saturation_tokens(const Shape& shape, double flops_per_s, double bytes_per_s);

// j = 0 .. g - 1; j = 0 .. g (Eq. 3); Eq. 3 in its closed form, (2 p + g) g / 2.
enum class KvSum { kGPasses, kPaper, kClosedForm };
// KV tokens a sequence holds, summed over its passes.
double kv_token_passes(double prompt, double output, KvSum sum);
// Eq. 3: parallelism-memory efficiency, tokens processed per KV token held and pass,
// (p + g) / sum_j (p + j).
double parallelism_memory_efficiency(double prompt, double output, KvSum sum);

struct Stage1 {
  double by_memory = 0;           // PME M / delta, prompt and output tokens/s
  double gpu = 0;                 // what the GPU's arithmetic allows
  double total_tokens_per_s = 0;  // Eq. 4: the smaller
  double output_tokens_per_s = 0;
  bool gpu_binds() const { return gpu < by_memory; }
};
Stage1 stage1(double prompt, double output, double kv_tokens, double pass_s,
              double gpu_tokens_per_s, KvSum sum);

// Eq. 6: FLOP/s that decode attention asks of the CPU when the KV memory is read once per pass,
// 2 s I B_KV, with I the KV elements in a byte and B_KV = KV bytes / delta (our reading of the
// paper's I_attn and B_KV).
double cpu_attention_demand(double heads_per_kv_head, double bytes_per_element, double kv_bytes,
                            double pass_s);

// Eq. 7: with prefills overlapped a sequence occupies p + g/2 on average instead of its peak p + g:
// KV memory is worth this many times as much.
double overlap_factor(double prompt, double output);

// Stage 2 adds a finite batch and KV blocks. Its equations (8-14) could not be read; this is the
// recursion they have to agree with: admission at the steady rate (blocks / sum of blocks over a
// sequence's passes), and each pass takes
//   max(delta, tokens / GPU rate, KV bytes read / CPU memory bandwidth).
// It tends to stage 1 with g passes for many sequences and blocks of one token.
struct Stage2Input {
  std::int64_t sequences = 0;  // K
  std::int64_t prompt = 0, output = 1;
  std::int64_t block_size = 1;  // b, tokens
  double kv_tokens = 0;
  double pass_s = 0;
  double gpu_tokens_per_s = 0;
  double kv_bytes_per_token = 0;
  double cpu_bytes_per_s = 0;  // 0: attention is not on the CPU
};
struct Stage2 {
  std::int64_t passes = 0;
  double makespan_s = 0;
  double total_tokens_per_s = 0, output_tokens_per_s = 0;
  double admitted_per_pass = 0;  // q, in the steady state
};
// Pre: KV memory holds a sequence.
Stage2 stage2(const Stage2Input& input);

}  // namespace headroom::moe_lens
