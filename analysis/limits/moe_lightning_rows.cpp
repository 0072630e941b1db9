#include <algorithm>

#include "analysis/limits/hrm.hpp"
#include "analysis/limits/model_rows.hpp"
#include "analysis/limits/moe_lightning_solver.hpp"
#include "policies/execution/weight_parts.hpp"

namespace headroom {
namespace {

constexpr const char* kPaper = "arXiv 2411.11217, ";

class Rows {
 public:
  Rows(const ModelInputs& inputs, std::vector<LimitRow>& rows) : in_(inputs), rows_(rows) {}

  // An operator of `flops`, whose operands are `crossing` bytes outside the GPU, and which reads
  // `local` bytes of HBM.
  void add_operator(const std::string& name, double flops, double crossing, double local) {
    const hrm::Processor gpu{in_.gpu_flops, in_.gpu_bandwidth};
    const hrm::Processor cpu{in_.cpu_flops, in_.cpu_bandwidth};
    const double here = flops / crossing, there = flops / local;
    const double on_cpu = hrm::local_rate(cpu, here);
    const double on_gpu = hrm::fed_rate(gpu, in_.link, there, here);
    const char* best = on_cpu > on_gpu ? "cpu" : "gpu";
    add(name, "intensity", here, "FLOP/B", best, "FLOP per byte that lies outside the GPU");
    add(name, "turning_point_cpu", hrm::turning_point_cpu(cpu, in_.link), "FLOP/B", "cpu",
        "HRM P1: below it the operator is computed where its data is");
    add(name, "turning_point_gpu", hrm::turning_point_gpu(gpu, in_.link, there), "FLOP/B",
        "pcie_h2d", "HRM P2: above it the link does not bound the GPU");
    add(name, "balance_point", hrm::balance_point(gpu, in_.link, there), "FLOP/B", "hbm",
        "HRM: GPU memory and link are equally busy");
    add(name, "flops_per_s_on_cpu", on_cpu, "FLOP/s", best, "HRM: min(P, B I) of the CPU");
    add(name, "flops_per_s_on_gpu", on_gpu, "FLOP/s", best,
        "HRM: min(P, B I, link I) of the GPU, operands fed over PCIe");
  }

  void add_prediction(const std::string& name, const moe_lightning::Policy& policy,
                      const moe_lightning::Prediction& found) {
    const std::string of_layer = "section 4: of one layer in decode";
    add(name, "micro_batch", static_cast<double>(policy.micro_batch), "sequences", "model", "mu");
    add(name, "micro_batches", static_cast<double>(policy.micro_batches), "", "model", "N / mu");
    add(name, "weights_on_gpu", policy.weights_on_gpu, "", "gpu_memory",
        "share of experts, the most that fits in 0.86 of GPU memory");
    const char* binding = found.layer_s == found.link_s  ? "pcie_h2d"
                          : found.layer_s == found.gpu_s ? "gpu"
                                                         : "cpu";
    add(name, "layer_s", found.layer_s, "s", binding, "Eq. 12: max(link, GPU, CPU)");
    add(name, "layer_link_s", found.link_s, "s", "pcie_h2d", of_layer);
    add(name, "layer_gpu_s", found.gpu_s, "s", "gpu", of_layer);
    add(name, "layer_cpu_s", found.cpu_s, "s", "cpu", of_layer);
    add(name, "decode_tokens_per_s", found.output_tokens_per_s * in_.replicas, "tokens/s", binding,
        "model, not a limit: batch x g / (layer time x (g - 1) x layers)");
    const std::string memory = "as the released optimizer counts memory";
    add(name, "weight_bytes", found.weight_bytes, "B", "memory", memory);
    add(name, "attention_weight_bytes", found.attention_bytes, "B", "gpu_memory", memory);
    add(name, "gpu_home_bytes", found.gpu_home, "B", "gpu_memory", memory);
    add(name, "gpu_buffer_bytes", found.gpu_weight_buffers + found.gpu_workspace, "B", "gpu_memory",
        memory);
    add(name, "gpu_workspace_bytes", found.gpu_workspace, "B", "gpu_memory", memory);
    add(name, "gpu_peak_bytes", found.gpu_peak, "B", "gpu_memory", memory);
    add(name, "cpu_peak_bytes", found.cpu_peak, "B", "dram", memory);
  }

 private:
  void add(const std::string& name, const char* metric, double value, const char* unit,
           const char* resource, const std::string& source) {
    rows_.push_back({name, metric, value, unit, resource, kPaper + source});
  }

  const ModelInputs& in_;
  std::vector<LimitRow>& rows_;
};

moe_lightning::Model model_of(const ModelSpec& spec) {
  moe_lightning::Model model;
  model.layers = spec.num_hidden_layers;
  model.hidden = spec.hidden_size;
  model.expert_width = spec.moe ? spec.moe->moe_intermediate_size : spec.intermediate_size;
  model.heads = spec.num_attention_heads;
  model.kv_heads = spec.num_key_value_heads;
  model.head_dim = spec.head_dim;
  if (spec.moe) {
    model.experts = spec.moe->num_experts;
    model.experts_per_token = spec.moe->num_experts_per_tok;
  }
  return model;
}

moe_lightning::Machine machine_of(const ModelInputs& in) {
  moe_lightning::Machine machine;
  machine.gpu_memory = in.ranks * in.scenario.serving.gpu.hbm_capacity.value;
  for (const auto& socket : in.scenario.node.sockets)
    machine.cpu_memory += socket.dram_capacity.value;
  machine.link = in.link;
  machine.gpu_bandwidth = in.gpu_bandwidth;
  machine.gpu_flops = in.gpu_flops;
  machine.cpu_bandwidth = in.cpu_bandwidth;
  machine.cpu_flops = in.cpu_flops;
  return machine;
}

// The MLPs of all layers for the tokens of a decode pass.
void add_mlps(const ModelInputs& in, Rows& rows) {
  const LoweredModel& model = in.scenario.serving.model;
  std::vector<OpCount> ops;
  model.token_ops(in.concurrent, ops);
  double flops = 0, local = 0;
  for (const auto& [op, count] : ops) {
    const bool is_mlp = op.kind == OpKind::kMoeExperts || op.kind == OpKind::kMoeSharedExperts ||
                        op.kind == OpKind::kGateUpProj || op.kind == OpKind::kDownProj;
    if (!is_mlp) continue;
    flops += op.flops.value * static_cast<double>(count);
    local += op.hbm_bytes().value * static_cast<double>(count);
  }
  const WeightParts stored = weight_parts(model, in.scenario.system.weight_transfer_type);
  const double outside = 1 - in.scenario.system.placement.weights.gpu;
  if (outside > 0)
    rows.add_operator("hrm_mlp", flops, (stored.mlp + stored.experts).value * outside, local);
}

}  // namespace

void add_moe_lightning_rows(const ModelInputs& in, std::vector<LimitRow>& rows) {
  Rows add(in, rows);
  const LoweredModel& model = in.scenario.serving.model;
  const double kv_bytes =
      in.kv_bytes_per_token / static_cast<double>(model.model().num_hidden_layers);
  add.add_operator("hrm_attention", in.attention_flops_per_pair, kv_bytes, kv_bytes);
  add_mlps(in, add);
  const ExecutionConfig& system = in.scenario.system;
  if (system.name != "moe_lightning" || in.output <= 1) return;
  const moe_lightning::Lengths lengths{in.prompt, in.output};
  const auto shape = model_of(model.model());
  const auto machine = machine_of(in);
  if (system.micro_batch_size > 0) {
    const moe_lightning::Policy policy{system.micro_batch_size, system.num_micro_batches,
                                       system.placement.weights.gpu};
    add.add_prediction("moe_lightning_policy", policy,
                       moe_lightning::predict(shape, machine, lengths, policy));
  }
  if (const auto best = moe_lightning::search(shape, machine, lengths))
    add.add_prediction("moe_lightning_solver", best->policy, best->prediction);
}

}  // namespace headroom
