#include "hwmodels/catalog/catalog.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/scenario/sections.hpp"

namespace headroom {
namespace {

constexpr std::int64_t kMostReplicas = 1000;  // 2 MiB of block tables each and more

std::string origin_of(const DeviceFact& fact) {
  return "catalogue: " + fact.source + (fact.low_confidence ? " (low confidence)" : "");
}

// A number of the GPU: as the catalogue has it, unless it is written in the scenario. A GPU without
// `base` has no catalogue entry and must state what it cannot do without.
void read_number(MapReader& reader, const GpuNumber& number, const DeviceEntry* base,
                 GpuSpec& gpu) {
  const auto* fact = base != nullptr ? base->find(number.key) : nullptr;
  const RealRange range{.low = 0, .low_is_allowed = number.optional};
  if (!reader.has(number.key) && fact == nullptr) {
    if (!number.optional)
      reader.diagnostics().error(reader.where(), "missing key '" + reader.dotted(number.key) +
                                                     "' of a GPU without 'base'");
    reader.node(number.key);
    return;
  }
  const std::string origin = fact != nullptr ? origin_of(*fact) : "";
  number.write(gpu,
               reader.quantity(number.key, number.dimension, range, {number.read(gpu), origin}));
}

std::optional<GpuSpec> read_gpu(MapReader& hardware) {
  MapReader reader = hardware.child("gpu");
  GpuSpec gpu;
  const DeviceEntry* base = nullptr;
  if (reader.has("base")) {
    const std::string name = reader.node("base")->text;
    base = find_device(DeviceKind::kGpu, name);
    if (base == nullptr) {
      reader.error("base", "names an unknown GPU '" + name + "'" +
                               suggest(name, device_names(DeviceKind::kGpu), "names"));
      return std::nullopt;
    }
    gpu = *find_gpu(name);
    reader.record("base", gpu.name, reader.origin("base"));
  } else if (!hardware.has("gpu")) {
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
  for (const auto& number : gpu_numbers()) read_number(reader, number, base, gpu);
  reader.finish();
  return gpu;
}

}  // namespace

std::optional<Hardware> read_hardware_section(MapReader& root) {
  MapReader reader = root.child("hardware");
  if (!root.has("hardware")) return std::nullopt;
  Hardware hardware;
  const auto gpu = read_gpu(reader);
  hardware.replicas = reader.count("replicas", {.low = 1}, 1);
  if (hardware.replicas > kMostReplicas)
    reader.error("replicas", "is " + std::to_string(hardware.replicas) + ", but at most " +
                                 std::to_string(kMostReplicas) +
                                 " can be simulated: each has its own KV cache and block tables "
                                 "in memory");
  reader.finish();
  if (!gpu) return std::nullopt;
  hardware.gpu = *gpu;
  return hardware;
}

std::string read_cost_model(MapReader& root) {
  return root.choice("cost_model", op_time_model_names(), std::string("roofline"));
}

Parallelism read_parallelism_section(MapReader& root, TensorParallel allowed,
                                     const ModelSpec* model) {
  MapReader reader = root.section("parallelism");
  reader.accept_alias("tensor", "tensor_parallel_size");
  Parallelism parallelism;
  parallelism.tensor = reader.count("tensor", {.low = 1, .high = 1024}, 1);
  reader.finish();
  if (allowed == TensorParallel::kOneOnly && parallelism.tensor != 1)
    reader.error("tensor", "is " + std::to_string(parallelism.tensor) +
                               ", but replicas of one GPU are all that can be simulated so far; "
                               "use `headroom ops --tp` "
                               "for the work of one iteration");
  const bool divides = model == nullptr || model->num_attention_heads % parallelism.tensor == 0;
  if (allowed == TensorParallel::kAnySize && !divides)
    reader.error("tensor", "is " + std::to_string(parallelism.tensor) + ", but the " +
                               std::to_string(model->num_attention_heads) +
                               " attention heads of the model are not divisible by it");
  return parallelism;
}

}  // namespace headroom
