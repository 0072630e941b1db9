#include "analysis/limits/flexgen_model.hpp"

#include <algorithm>
#include <cmath>

namespace headroom::flexgen {
namespace {

constexpr double kGiB = 1024.0 * 1024.0 * 1024.0;
constexpr double kTera = 1e12;
// The solver reads weights off the disk a little below its rate in decode.
constexpr double kDiskWeights = 0.95;
// Sizes at which the CPU's attention reaches its rate, and what is always left of it.
constexpr double kFullMicroBatch = 64, kFullWidth = 4096, kLeastShare = 0.1;

// Seconds of one layer for the whole block.
struct Times {
  double to_gpu = 0, from_gpu = 0, from_disk = 0, to_disk = 0, compute = 0;
};

double over(double amount, double rate) { return amount > 0 ? amount / rate : 0.0; }

Times prefill_times(const Layer& layer, const Policy& p, const Lengths& n, const Rates& r) {
  const double bls = p.block(), s = n.prompt;
  const double hidden = s * bls * layer.hidden_bytes_per_token;
  const double kv = (s + 1) * bls * layer.kv_bytes_per_token;
  Times t;
  t.to_gpu = over(layer.weight_bytes * (p.weights.cpu + p.weights.disk) +
                      hidden * (p.hidden.cpu + p.hidden.disk),
                  r.to_gpu);
  t.from_gpu = over(kv * (p.kv_cache.cpu + p.kv_cache.disk), r.kv_from_gpu) +
               over(hidden * (p.hidden.cpu + p.hidden.disk), r.hidden_from_gpu);
  t.from_disk = over(layer.weight_bytes * p.weights.disk + hidden * p.hidden.disk, r.from_disk);
  t.to_disk = over(kv * p.kv_cache.disk, r.kv_to_disk_prefill) +
              over(hidden * p.hidden.disk, r.hidden_to_disk_prefill);
  t.compute = bls * s * layer.gemm_flops_per_token / r.gemm_prefill +
              bls * s * s * layer.attention_flops_per_pair / r.attention_prefill;
  return t;
}

Times decode_times(const Layer& layer, const Policy& p, const Lengths& n, const Rates& r) {
  const double bls = p.block(), context = n.prompt + n.output / 2;
  const double hidden = bls * layer.hidden_bytes_per_token;
  const double kv = bls * context * layer.kv_bytes_per_token;
  // The released form counts attention in elements of the KV cache, whatever it is computed on.
  const double attention = bls * context * layer.attention_flops_per_pair;
  Times t;
  t.to_gpu = over(layer.weight_bytes * (p.weights.cpu + p.weights.disk) +
                      hidden * (p.hidden.cpu + p.hidden.disk),
                  r.to_gpu);
  t.from_gpu = over(hidden * (p.hidden.cpu + p.hidden.disk), r.hidden_from_gpu);
  t.from_disk = over(kv * p.kv_cache.disk + hidden * p.hidden.disk, r.from_disk) +
                over(layer.weight_bytes * p.weights.disk, kDiskWeights * r.from_disk);
  t.to_disk = over(bls * layer.kv_bytes_per_token * p.kv_cache.disk + hidden * p.hidden.disk,
                   r.to_disk_decode);
  t.compute = bls * layer.gemm_flops_per_token / r.gemm_decode +
              over(attention * p.kv_cache.gpu, r.attention_decode) +
              over(attention * (p.kv_cache.cpu + p.kv_cache.disk),
                   cpu_attention_rate(r, static_cast<double>(p.micro_batch), layer.hidden));
  return t;
}

double longest(const Times& t) {
  return std::max({t.to_gpu, t.from_gpu, t.from_disk, t.to_disk, t.compute});
}

double log2_above(double ratio) { return std::max(0.0, std::log2(ratio)); }

}  // namespace

std::optional<Rates> published_rates(std::string_view gpu) {
  if (gpu != "t4") return std::nullopt;
  return Rates{.to_gpu = 12.89 * kGiB,
               .kv_from_gpu = 0.97 * kGiB,
               .hidden_from_gpu = 4.82 * kGiB,
               .from_disk = 0.473 * kGiB,
               .kv_to_disk_prefill = 0.746 * kGiB,
               .hidden_to_disk_prefill = 2.015 * kGiB,
               .to_disk_decode = 2.015 * kGiB,
               .gemm_prefill = 21.24 * kTera,
               .gemm_decode = 4.3 * kTera,
               .attention_prefill = 9.97 * kTera,
               .attention_decode = 0.079 * kTera,
               .cpu_attention = 0.0123 * kTera,
               .c1 = 0.0168,
               .c2 = 0.0328,
               .c3 = 0.0621};
}

double cpu_attention_rate(const Rates& rates, double micro_batch, double hidden) {
  const double narrow_batch = log2_above(kFullMicroBatch / micro_batch);
  const double narrow_model = log2_above(kFullWidth / hidden);
  return rates.cpu_attention *
         std::max(kLeastShare, 1 + rates.c1 * narrow_batch * narrow_model -
                                   rates.c2 * narrow_batch - rates.c3 * narrow_model);
}

Prediction predict(const Layer& layer, std::int64_t layers, const Policy& policy,
                   const Lengths& lengths, const Rates& rates, Form form) {
  const Times prefill = prefill_times(layer, policy, lengths, rates);
  const Times decode = decode_times(layer, policy, lengths, rates);
  double prefill_s = longest(prefill), decode_s = longest(decode);
  if (form == Form::kSolver) {
    prefill_s = std::max(
        {prefill.to_gpu + prefill.from_disk, prefill.from_gpu + prefill.to_disk, prefill.compute});
    decode_s = decode.to_gpu +
               std::max({decode.from_gpu, decode.from_disk, decode.to_disk, decode.compute});
  }
  Prediction prediction;
  prediction.prefill_s = prefill_s * static_cast<double>(layers);
  prediction.decode_s = decode_s * (lengths.output - 1) * static_cast<double>(layers);
  prediction.output_tokens_per_s =
      policy.block() * lengths.output / (prediction.prefill_s + prediction.decode_s);
  return prediction;
}

}  // namespace headroom::flexgen
