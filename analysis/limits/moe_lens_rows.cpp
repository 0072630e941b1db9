#include <algorithm>
#include <cmath>

#include "analysis/limits/model_rows.hpp"
#include "analysis/limits/moe_lens_model.hpp"
#include "analysis/limits/streamed_weights.hpp"

namespace headroom {
namespace {

constexpr const char* kPaper = "arXiv 2504.09345, ";

moe_lens::Shape shape_of(const ModelSpec& model) {
  const auto real = [](std::int64_t n) { return static_cast<double>(n); };
  moe_lens::Shape shape;
  shape.expansion = real(model.intermediate_size) / real(model.hidden_size);
  if (model.moe) {
    shape.experts = real(model.moe->num_experts);
    shape.experts_per_token = real(model.moe->num_experts_per_tok);
    shape.expansion = real(model.moe->moe_intermediate_size) / real(model.hidden_size);
  }
  shape.heads_per_kv_head = real(model.num_attention_heads) / real(model.num_key_value_heads);
  return shape;
}

class Rows {
 public:
  Rows(const ModelInputs& inputs, std::vector<LimitRow>& rows)
      : in_(inputs),
        rows_(rows),
        model_(inputs.scenario.serving.model),
        pass_s_(in_.ranks * streamed_per_pass(model_, in_.scenario.system).value / in_.link),
        shape_(shape_of(model_.model())) {}

  void add_saturation() {
    const double tokens = moe_lens::saturation_tokens(shape_, in_.gpu_flops, in_.link);
    const double length = in_.prompt + in_.output;
    add("pass", "time_s", pass_s_, "s", "pcie_h2d", "streamed weights / PCIe (delta of Eq. 4)");
    add("saturation", "tokens_per_pass", tokens, "tokens", "gpu_compute",
        "Eq. 2: (C / B) N_e / N_k, from which the GPU computes longer than weights stream");
    add("saturation", "gemm_intensity", moe_lens::gemm_intensity(shape_, tokens), "FLOP/B",
        "gpu_compute", "Eq. 1 with that many tokens");
    add("saturation", "kv_bytes", tokens * length * in_.kv_bytes_per_token, "B", "kv_memory",
        "KV cache of as many sequences of mean prompt + output");
  }

  // With the lengths there are, blocks, and the tokens that are computed: the last one of a
  // sequence is not. By their means, lengths that differ would make a bound that runs can beat.
  void add_stage1_limit() {
    const char* name = "stage1_g_passes";
    const std::string source =
        "sum of p + j over j = 0 .. g-1: a limit, the prefill emits the first token";
    const double pme = in_.total_tokens / in_.kv_token_passes;
    const double by_memory = pme * in_.kv_tokens / pass_s_;
    const double gpu = in_.total_tokens / gpu_s();
    const char* binding = gpu < by_memory ? "gpu_compute" : "kv_memory";
    const double rate = std::min(by_memory, gpu) * in_.replicas;
    add(name, "parallelism_memory_efficiency", pme, "1/pass", "kv_memory",
        "Eq. 3: (p + g) / " + source);
    add(name, "total_tokens_per_s", rate, "tokens/s", binding,
        "Eq. 4: min(PME M / delta, GPU), " + source);
    add(name, "output_tokens_per_s", rate * in_.output_tokens / in_.total_tokens, "tokens/s",
        binding, "of which g / (p + g) are generated");
  }

  void add_stage1(const char* name, moe_lens::KvSum sum, const std::string& source) {
    const auto bound =
        moe_lens::stage1(in_.prompt, in_.output, in_.kv_tokens, pass_s_, in_.gpu_tokens_per_s, sum);
    const char* binding = bound.gpu_binds() ? "gpu_compute" : "kv_memory";
    add(name, "parallelism_memory_efficiency",
        moe_lens::parallelism_memory_efficiency(in_.prompt, in_.output, sum), "1/pass", "kv_memory",
        "Eq. 3: (p + g) / " + source);
    add(name, "total_tokens_per_s", bound.total_tokens_per_s * in_.replicas, "tokens/s", binding,
        "Eq. 4: min(PME M / delta, GPU), " + source);
    add(name, "output_tokens_per_s", bound.output_tokens_per_s * in_.replicas, "tokens/s", binding,
        "of which g / (p + g) are generated");
  }

  void add_attention() {
    const double kv_bytes = in_.kv_tokens * in_.kv_bytes_per_token;
    const double element = bytes_per_element(in_.scenario.system.kv_transfer_type);
    const double demand =
        moe_lens::cpu_attention_demand(shape_.heads_per_kv_head, element, kv_bytes, pass_s_);
    add("cpu_attention", "flops_per_s", demand, "FLOP/s", "cpu_compute",
        "Eq. 6: 2 s I B_KV, when all KV memory is read once per pass");
    add("cpu_attention", "bytes_per_s", kv_bytes / pass_s_, "B/s", "cpu_memory",
        "B_KV of Eq. 6: KV memory / delta");
    add("overlap", "factor", moe_lens::overlap_factor(in_.prompt, in_.output), "", "kv_memory",
        "Eq. 7: (p + g) / (p + g/2), what overlapped prefills make of KV memory");
  }

  void add_stage2() {
    moe_lens::Stage2Input input;
    input.sequences = in_.sequences;
    input.prompt = std::llround(in_.prompt);
    input.output = std::llround(in_.output);
    input.block_size = in_.scenario.serving.serving.block_size;
    input.kv_tokens = in_.kv_tokens;
    input.pass_s = pass_s_;
    input.gpu_tokens_per_s = in_.gpu_tokens_per_s;
    input.kv_bytes_per_token = in_.kv_bytes_per_token;
    if (in_.scenario.system.attention == Device::kCpu) input.cpu_bytes_per_s = in_.cpu_bandwidth;
    if (in_.kv_tokens < in_.prompt + in_.output) return;
    const auto found = moe_lens::stage2(input);
    const std::string source =
        "model, not a limit: paced admission of K sequences in blocks of b tokens, passes of "
        "max(delta, tokens / GPU, KV read / CPU memory)";
    add("stage2", "makespan_s", found.makespan_s, "s", "model", source);
    add("stage2", "passes", static_cast<double>(found.passes), "passes", "model", source);
    add("stage2", "admitted_per_pass", found.admitted_per_pass, "sequences", "kv_memory",
        "KV blocks / sum of blocks over a sequence's passes");
    add("stage2", "total_tokens_per_s", found.total_tokens_per_s * in_.replicas, "tokens/s",
        "model", source);
    add("stage2", "output_tokens_per_s", found.output_tokens_per_s * in_.replicas, "tokens/s",
        "model", source);
  }

 private:
  void add(const std::string& name, const char* metric, double value, const char* unit,
           const char* resource, const std::string& source) {
    rows_.push_back({"moe_lens_" + name, metric, value, unit, resource, kPaper + source});
  }

  // Of one replica's GPUs in GEMMs, had it all requests.
  double gpu_s() const {
    return (in_.computed_tokens * in_.gemm_flops_per_token +
            in_.output_tokens * in_.gemm_flops_per_sample) /
           in_.gpu_flops;
  }

  const ModelInputs& in_;
  std::vector<LimitRow>& rows_;
  const LoweredModel& model_;
  double pass_s_;
  moe_lens::Shape shape_;
};

}  // namespace

void add_moe_lens_rows(const ModelInputs& inputs, std::vector<LimitRow>& rows) {
  if (streamed_per_pass(inputs.scenario.serving.model, inputs.scenario.system).value <= 0) return;
  Rows lens(inputs, rows);
  lens.add_saturation();
  lens.add_attention();
  if (inputs.kv_tokens <= 0) return;
  lens.add_stage1_limit();
  lens.add_stage1("stage1_paper", moe_lens::KvSum::kPaper,
                  "sum of p + j over j = 0 .. g: as published, no limit");
  lens.add_stage1("stage1_closed_form", moe_lens::KvSum::kClosedForm,
                  "(2 p + g) g / 2: as published, no limit");
  lens.add_stage2();
}

}  // namespace headroom
