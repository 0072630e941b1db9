#include "hwmodels/catalog/catalog.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/scenario/device_numbers.hpp"
#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostReplicas = 1000;  // 2 MiB of block tables each and more

// `base` becomes the entry of the catalogue that it starts from, if it does.
std::optional<GpuSpec> read_gpu(MapReader& hardware, const DeviceEntry*& base) {
  MapReader reader = hardware.child("gpu");
  GpuSpec gpu;
  base = read_base(reader, DeviceKind::kGpu, "GPU");
  if (base != nullptr) {
    gpu = *find_gpu(base->name);
  } else if (!hardware.has("gpu") || reader.has("base")) {
    return std::nullopt;
  } else {
    gpu.name = reader.text("name", std::string("custom"));
    gpu.architecture = reader.text("architecture", std::string("custom"));
  }
  const std::int64_t sms =
      reader.has("sm_count") || base == nullptr
          ? reader.count("sm_count", {.low = 1, .high = 100000})
          : reader.count("sm_count", {}, {gpu.sm_count, origin_of(*base->find("sm_count"))});
  gpu.sm_count = sms;
  for (const auto& number : gpu_numbers()) read_number(reader, "GPU", number, base, gpu);
  reader.finish();
  return gpu;
}

// The list price of a card is that of the instance it comes in, as nobody would rent the node of an
// offload system: that has the price it is given, or none.
std::optional<UsdPerHour> read_price(MapReader& reader, const DeviceEntry* gpu) {
  const auto* fact = gpu != nullptr && !reader.has("node") ? gpu->find("price_per_hour") : nullptr;
  if (fact == nullptr) return reader.optional_price("price_per_hour", kPositive);
  const UsdPerHour listed{*parse_quantity(fact->value, Dimension::kPrice).value};
  return reader.price("price_per_hour", kPositive, {listed, origin_of(*fact)});
}

}  // namespace

std::optional<Hardware> read_hardware_section(MapReader& root, std::optional<NodeSpec>* node) {
  MapReader reader = root.child("hardware");
  if (!root.has("hardware")) return std::nullopt;
  Hardware hardware;
  const DeviceEntry* base = nullptr;
  const auto gpu = read_gpu(reader, base);
  hardware.replicas = reader.count("replicas", {.low = 1}, 1);
  if (hardware.replicas > kMostReplicas)
    reader.error("replicas", "is " + std::to_string(hardware.replicas) + ", but at most " +
                                 std::to_string(kMostReplicas) +
                                 " can be simulated: each has its own KV cache and block tables "
                                 "in memory");
  hardware.price_per_hour = read_price(reader, base);
  if (node != nullptr && reader.has("node"))
    *node = read_node_section(reader, gpu ? &*gpu : nullptr);
  reader.finish();
  if (!gpu) return std::nullopt;
  hardware.gpu = *gpu;
  return hardware;
}

std::string read_cost_model(MapReader& root) {
  return root.choice("cost_model", op_time_model_names(), std::string("roofline"));
}

Parallelism read_parallelism_section(MapReader& root, TensorParallel allowed,
                                     const ModelSpec* model, const NodeSpec* node) {
  MapReader reader = root.section("parallelism");
  reader.accept_alias("tensor", "tensor_parallel_size");
  Parallelism parallelism;
  parallelism.tensor = reader.count("tensor", {.low = 1, .high = 1024}, 1);
  reader.finish();
  const std::string given = "is " + std::to_string(parallelism.tensor) + ", but ";
  if (allowed == TensorParallel::kWithinNode && node != nullptr &&
      parallelism.tensor > node->gpus) {
    reader.error("tensor", given + "'hardware.node.gpus' is " + std::to_string(node->gpus));
  } else if (allowed == TensorParallel::kWithinNode && node == nullptr && parallelism.tensor != 1) {
    reader.error("tensor", given +
                               "replicas of one GPU are all that can be simulated without 'system' "
                               "and 'hardware.node'; use `headroom ops --tp` for the work of one "
                               "iteration");
  } else if (model != nullptr && model->num_attention_heads % parallelism.tensor != 0) {
    reader.error("tensor", given + "the " + std::to_string(model->num_attention_heads) +
                               " attention heads of the model are not divisible by it");
  }
  return parallelism;
}

}  // namespace headroom
