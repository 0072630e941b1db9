// hwmodels/compute/ops_table.hpp -- the ops of one iteration with their work, time and bound: what
// `headroom ops` prints.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hwmodels/compute/gpu_spec.hpp"
#include "hwmodels/compute/op_time_model.hpp"
#include "sim/transformer/lowering.hpp"

namespace headroom {

// One iteration. Counts may be fractional, so that published tables of averaged batches can be
// reproduced.
struct OpsBatch {
  double prefill_tokens = 0;     // new tokens of prompts, all sequences together
  double prefill_context = 0;    // tokens before them, per sequence
  double prefill_sequences = 1;  // the new tokens are split evenly over them
  double decode_sequences = 0;   // one new token each
  double decode_context = 0;     // tokens before it, per sequence
  // Rows that pass the LM head; negative: every sequence of the batch samples one token.
  double sampled = -1;
};

struct OpsRow {
  std::string name;  // from the documented list (op.hpp)
  std::int64_t window =
      0;  // of attention ops under a sliding window or a top-k index; 0: full, or no attention
  std::int64_t count = 1;  // identical instances in the iteration
  // One instance on one rank.
  double flops = 0, hbm_bytes = 0, comm_bytes = 0;
  double weight_bytes = 0, kv_bytes = 0, activation_bytes = 0;  // parts of hbm_bytes
  double time_s = 0;
  std::string bound;                // "compute", "hbm", "network", "latency"
  double arithmetic_intensity = 0;  // FLOP per HBM byte; 0 when the op moves none
  bool in_range = true;
};

struct OpsTable {
  double iteration_s = 0;  // sum of count x time_s
  std::vector<OpsRow> rows;
};

// Throws UserError when a count is negative or not finite, when there are new tokens but no
// sequence, when the model's heads do not divide over the ranks, or when ranks have no link between
// them.
OpsTable ops_table(const ModelSpec& model, const DataTypes& types, const GpuSpec& gpu,
                   const std::string& cost_model, const Parallelism& parallelism,
                   const OpsBatch& batch, const LoweringOptions& options = {});

}  // namespace headroom
