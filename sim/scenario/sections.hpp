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
// `hardware: {gpu, replicas}`; gpu is a name or {base: NAME, any number: value}. Nothing when the
// GPU is not known.
std::optional<Hardware> read_hardware_section(MapReader& root);
DataTypes read_dtype_section(MapReader& root);
std::string read_cost_model(MapReader& root);

enum class TensorParallel { kOneOnly, kAnySize };
Parallelism read_parallelism_section(MapReader& root, TensorParallel allowed,
                                     const ModelSpec* model);

// The defaults depend on the engine, the GPU and the model; both may be missing when they were
// wrong.
ServingConfig read_serving_section(MapReader& root, const GpuSpec* gpu, const ModelSpec* model);

void read_slo_section(MapReader& root, Scenario& scenario);
void read_measure_section(MapReader& root, Scenario& scenario);
RecordOptions read_record_section(MapReader& root);

}  // namespace headroom
