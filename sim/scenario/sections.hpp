// sim/scenario/sections.hpp -- the readers of the sections of a scenario. Each reads its keys from
// the root, reports what is wrong to the reader's diagnostics and returns a value that is fit to be
// looked at, if not to be simulated.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/config/map_reader.hpp"
#include "sim/scenario/scenario.hpp"

namespace headroom {

// `model:` a catalogue name, a Hugging Face id, or the path of a config.json. Nothing when it could
// not be read.
std::optional<ModelSpec> read_model_section(MapReader& root);
// `hardware: {gpu, replicas, node, price_per_hour}`; gpu is a name or {base: NAME, any number:
// value}. Nothing when the GPU is not known. Without a place for the node, that key is unknown.
std::optional<Hardware> read_hardware_section(MapReader& root,
                                              std::optional<NodeSpec>* node = nullptr);
// `hardware.node:` of a replica: each has a node of its own. Pre: the key is there. What a CPU, an
// SSD or PCIe cannot do is an error. The PCIe generation is by default that of the GPU.
NodeSpec read_node_section(MapReader& hardware, const GpuSpec* gpu);
DataTypes read_dtype_section(MapReader& root);
std::string read_cost_model(MapReader& root);

// Within a node: at most its GPUs, one without a node.
enum class TensorParallel { kWithinNode, kAnySize };
Parallelism read_parallelism_section(MapReader& root, TensorParallel allowed,
                                     const ModelSpec* model, const NodeSpec* node = nullptr);

// `system:`. Reads the keys that the system has; the others are errors. Nothing when its name is
// not known. `dtype` gives the types that are not written.
std::optional<ExecutionConfig> read_system_section(MapReader& root, const DataTypes& dtype,
                                                   const NodeSpec* node);

// What a system changes about the defaults of `serving:`.
struct ServingDefaults {
  std::string origin;  // "system flexgen"
  std::string scheduler;
  std::optional<Default<std::int64_t>> max_num_seqs, max_num_batched_tokens;
};
// The defaults depend on the engine, the GPU and the model, which may be missing when they were
// wrong, and on the system if there is one.
ServingConfig read_serving_section(MapReader& root, const GpuSpec* gpu, const ModelSpec* model,
                                   const ServingDefaults* system = nullptr);

void read_slo_section(MapReader& root, Scenario& scenario);
void read_measure_section(MapReader& root, Scenario& scenario);
RecordOptions read_record_section(MapReader& root);

}  // namespace headroom
