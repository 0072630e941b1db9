#include "analysis/limits/moe_lens_model.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace headroom::moe_lens {
namespace {

std::int64_t blocks_of(std::int64_t tokens, std::int64_t block_size) {
  return (tokens + block_size - 1) / block_size;
}

// Sequences in their decode passes: how many, and the KV tokens that they read together.
class Decoding {
 public:
  explicit Decoding(const Stage2Input& input) : input_(input) {}
  double sequences() const { return sequences_; }
  double kv_tokens() const { return kv_tokens_; }
  // To the next pass: `prefilled` join, those admitted `output - 1` passes before leave.
  void advance(double prefilled, double leaving) {
    const auto decodes = static_cast<double>(input_.output - 1);
    if (decodes == 0) return;
    const auto prompt = static_cast<double>(input_.prompt);
    sequences_ -= leaving;
    kv_tokens_ -= leaving * (prompt + decodes - 1);
    kv_tokens_ += sequences_ + prefilled * prompt;
    sequences_ += prefilled;
  }

 private:
  const Stage2Input& input_;
  double sequences_ = 0, kv_tokens_ = 0;
};

}  // namespace

double gemm_intensity(const Shape& shape, double tokens) {
  const double projections = 2 + 2 / shape.heads_per_kv_head;
  return tokens * (6 * shape.expansion * shape.experts_per_token + projections) /
         (6 * shape.expansion * shape.experts + projections);
}

double saturation_tokens(const Shape& shape, double flops_per_s, double bytes_per_s) {
  return flops_per_s / bytes_per_s * shape.experts / shape.experts_per_token;
}

double kv_token_passes(double prompt, double output, KvSum sum) {
  if (sum == KvSum::kClosedForm) return (2 * prompt + output) * output / 2;
  const double terms = sum == KvSum::kPaper ? output + 1 : output;
  return terms * prompt + terms * (terms - 1) / 2;
}

double parallelism_memory_efficiency(double prompt, double output, KvSum sum) {
  return (prompt + output) / kv_token_passes(prompt, output, sum);
}

Stage1 stage1(double prompt, double output, double kv_tokens, double pass_s,
              double gpu_tokens_per_s, KvSum sum) {
  Stage1 bound;
  bound.by_memory = parallelism_memory_efficiency(prompt, output, sum) * kv_tokens / pass_s;
  bound.gpu = gpu_tokens_per_s;
  bound.total_tokens_per_s = std::min(bound.by_memory, bound.gpu);
  bound.output_tokens_per_s = bound.total_tokens_per_s * output / (prompt + output);
  return bound;
}

double cpu_attention_demand(double heads_per_kv_head, double bytes_per_element, double kv_bytes,
                            double pass_s) {
  return 2 * heads_per_kv_head / bytes_per_element * kv_bytes / pass_s;
}

double overlap_factor(double prompt, double output) {
  return (prompt + output) / (prompt + output / 2);
}

Stage2 stage2(const Stage2Input& input) {
  std::int64_t block_passes = 0;
  for (std::int64_t j = 0; j < input.output; ++j)
    block_passes += blocks_of(input.prompt + j, input.block_size);
  const double blocks = std::floor(input.kv_tokens / static_cast<double>(input.block_size));
  Stage2 result;
  result.admitted_per_pass = blocks / static_cast<double>(block_passes);

  std::vector<double> admitted;  // by pass
  Decoding decoding(input);
  double started = 0;
  const auto all = static_cast<double>(input.sequences);
  for (std::int64_t pass = 0; started < all || decoding.sequences() > 0; ++pass) {
    const double due = std::floor(static_cast<double>(pass + 1) * result.admitted_per_pass);
    admitted.push_back(std::min(all, due) - started);
    started += admitted.back();
    const double tokens =
        admitted.back() * static_cast<double>(input.prompt) + decoding.sequences();
    double seconds = std::max(input.pass_s, tokens / input.gpu_tokens_per_s);
    if (input.cpu_bytes_per_s > 0)
      seconds = std::max(seconds,
                         decoding.kv_tokens() * input.kv_bytes_per_token / input.cpu_bytes_per_s);
    result.makespan_s += seconds;
    ++result.passes;
    const std::int64_t first = pass - (input.output - 1);
    decoding.advance(admitted.back(), first >= 0 ? admitted[static_cast<std::size_t>(first)] : 0);
  }
  const double output = all * static_cast<double>(input.output);
  result.output_tokens_per_s = output / result.makespan_s;
  result.total_tokens_per_s =
      (output + all * static_cast<double>(input.prompt)) / result.makespan_s;
  return result;
}

}  // namespace headroom::moe_lens
