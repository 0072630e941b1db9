// analysis/limits/streamed_weights.hpp -- the weights that a system cannot keep in HBM from pass to
// pass.
#pragma once

#include "policies/execution/execution_config.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

// What every pass moves to the GPU of one rank (or, for experts that the CPU computes, reads in
// DRAM), as it is stored outside the GPU.
//   layer_streaming, flexgen, moe_lens  layers, embedding and LM head x (1 - weights.gpu)
//   moe_lightning   MLPs and experts x (1 - weights.gpu)
//   expert_offload  experts that one token touches beyond those that the expert cache holds, at the
//                   narrowest bit width
Bytes streamed_per_pass(const LoweredModel& model, const ExecutionConfig& system);

// Size of weights outside the GPU over their size as computed with, at most 1.
double stored_share(const LoweredModel& model, const ExecutionConfig& system);
// The same of an expert at the narrowest of its bit widths.
double narrowest_share(const LoweredModel& model, const ExecutionConfig& system);

// What of it comes off the SSD: the share that the placement puts there; of experts at home on the
// SSD, those that the expert cache in DRAM cannot have either.
Bytes ssd_per_pass(const LoweredModel& model, const ExecutionConfig& system);

// Of a token's visits to experts in all layers, how many no expert cache in HBM of this size can
// have; and in how many layers it has one such visit at least.
double least_misses_of_token(const LoweredModel& model, const ExecutionConfig& system);
double least_layers_with_misses(const LoweredModel& model, const ExecutionConfig& system);

// Whether it caches experts and so decides itself what moves.
bool chooses_experts(const ExecutionConfig& system);

}  // namespace headroom
