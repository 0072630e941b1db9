// sim/scenario/offload_section.hpp -- what `hardware.node:` and `system:` mean for the rest of a
// scenario: defaults of `serving:`, facts of the workload, memories that are large enough.
#pragma once

#include <optional>
#include <vector>

#include "sim/scenario/sections.hpp"
#include "workloads/arrival/workload_config.hpp"

namespace headroom {

// Reads `system:`. One without the other of the two sections is an error.
std::optional<OffloadSetup> read_offload(MapReader& root, const std::optional<NodeSpec>& node,
                                         const DataTypes& dtype);

// A whole batch at once for systems with micro-batches; the GPU's saturation point for MoE-Lens.
// Nothing without a system.
std::optional<ServingDefaults> serving_defaults(const Scenario& scenario, const ModelSpec* model,
                                                const GpuSpec* gpu);

// Fills in OffloadSetup::workload. Draws the first million requests or reads the trace; throws
// ConfigError when that is broken.
void know_workload(const WorkloadConfig& workload, Scenario& scenario);

// Reports every memory that is too small.
void check_offload_capacity(MapReader& root, const Scenario& scenario);

// The rate of the scheduler `paced`, where none is given: what keeps the KV cache full in steady
// state for the lengths of the workload. Recorded among the keys of `serving`.
void resolve_admission_rate(const WorkloadConfig& workload, Scenario& scenario,
                            std::vector<ResolvedKey>& keys);

}  // namespace headroom
