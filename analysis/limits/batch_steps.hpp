// analysis/limits/batch_steps.hpp -- the least number of iterations that a workload takes, from
// what one iteration may hold.
#pragma once

#include "analysis/limits/limits.hpp"

namespace headroom {

struct Steps {
  double sampling = 0;  // that yield tokens: they read the LM head
  double all = 0;
};

// What memory and batch limits leave of it: the least steps that yield this much, however long the
// run. No KV blocks (0): memory forces none.
Steps steps_of_batches(const LimitsInput& input, const WorkTotals& work);

// A request gets one token per step; replicas may be left unused, but then the others do all the
// work, and each that is used takes a step. Summed over replicas.
double steps_of_longest_output(const LimitsInput& input, const WorkTotals& work);

// Experts read in one layer by `tokens` tokens in steps of at most `tokens_per_step`. Distinct
// experts that T tokens touch is concave in T, so many small steps read at least what the largest
// allowed steps would: N tokens in steps of at most M read at least N * g(M) / M.
double expert_reads(const MixtureOfExperts& moe, double tokens, double tokens_per_step);

// The same for a whole workload in steps as full as the engine's limits allow; 0 for a dense model.
double experts_of_batches(const LimitsInput& input, const WorkTotals& work);

// Tokens that the KV blocks of a replica hold: a token takes a slot in every group of layers.
double kv_tokens_held(const LimitsInput& input, const KvLayout& layout);

// Sequences of mean length that KV memory holds at once, per replica.
double concurrent_sequences(const LimitsInput& input, const WorkTotals& work,
                            const KvLayout& layout);

}  // namespace headroom
