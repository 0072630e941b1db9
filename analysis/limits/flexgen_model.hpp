// analysis/limits/flexgen_model.hpp -- the cost model of FlexGen (arXiv 2303.06865, section 4.3 and
// appendix A.3): a block of sequences goes through the model layer by layer, weights, KV cache and
// hidden states spread over GPU, CPU and disk. Two forms: the paper's, in which all transfers and
// computation of a layer overlap, and that of the released solver (experimental/cost_model.py).
// It is a model, not a bound: its rates are effective ones.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace headroom::flexgen {

// Of one layer. For OPT: weight_bytes = 8 h^2 + 4 h h2, kv_bytes_per_token = 4 h,
// hidden_bytes_per_token = 2 h, gemm_flops_per_token = weight_bytes (8 h^2 + 4 h h2).
struct Layer {
  double weight_bytes = 0;
  double kv_bytes_per_token = 0;
  double hidden_bytes_per_token = 0;
  double gemm_flops_per_token = 0;
  double hidden = 0;                    // h1: selects the CPU's efficiency
  double attention_flops_per_pair = 0;  // 4 h1 for multi-head attention
};
struct Shares {
  double gpu = 0, cpu = 0, disk = 0;
};
struct Policy {
  std::int64_t micro_batch = 1, micro_batches = 1;  // gbs, bls / gbs
  Shares weights, kv_cache, hidden;                 // wg wc wd, cg cc cd, hg hc hd
  double block() const { return static_cast<double>(micro_batch * micro_batches); }  // bls
};
struct Lengths {
  double prompt = 0, output = 0;  // s, n
};

// Effective rates, bytes/s and FLOP/s.
struct Rates {
  double to_gpu = 0;                                          // Bctog
  double kv_from_gpu = 0, hidden_from_gpu = 0;                // Bgc, Bgh
  double from_disk = 0;                                       // Bd
  double kv_to_disk_prefill = 0, hidden_to_disk_prefill = 0;  // Bcp, Bch
  double to_disk_decode = 0;                                  // Bcg
  double gemm_prefill = 0, gemm_decode = 0;                   // Fmm_p, Fmm_g
  double attention_prefill = 0, attention_decode = 0;         // Fbmm_p, Fbmm_g
  double cpu_attention = 0;  // Fcpu, less c1 .. c3 with batch and width
  double c1 = 0, c2 = 0, c3 = 0;
};
// Rates that the released solver was fitted with, by GPU ("t4"); nothing for any other.
std::optional<Rates> published_rates(std::string_view gpu);
// Fcpu_eff: rate of attention on the CPU at this micro-batch and width.
double cpu_attention_rate(const Rates& rates, double micro_batch, double hidden);

enum class Form { kPaper, kSolver };
struct Prediction {
  double prefill_s = 0;  // of the block, all layers
  double decode_s = 0;   // all output tokens but the first
  double output_tokens_per_s = 0;
};
Prediction predict(const Layer& layer, std::int64_t layers, const Policy& policy,
                   const Lengths& lengths, const Rates& rates, Form form);

}  // namespace headroom::flexgen
