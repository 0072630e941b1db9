// analysis/search/pass_estimate.hpp -- how fast an execution system would be, from a few of its
// passes instead of a run: what a search ranks its candidates by. All sequences have the mean
// lengths of the workload.
//
// Blocks (static_batch, and sequences of one length that fill the memory): passes over the prompts,
// then passes in the middle of the outputs, as many as the longest output takes, with as many
// sequences as are left on average; whole blocks and the rest. Otherwise sequences come and go: as
// many passes as the KV cache and the scheduler's sequences allow or, where that takes longer, as
// the token budget (or the pace) takes to let all in, and a tail until the last has ended. That is
// the shape of the published models (FlexGen, arXiv 2303.06865, section 4.3; MoE-Lightning, arXiv
// 2411.11217, section 4; MoE-Lens, arXiv 2504.09345, section 5), with the schedule of the system
// instead of a maximum over resources.
//
// A pass is arithmetic: every stream has its links to itself, and the pass takes at least as long
// as each link needs for all of its users together. Expert caches are warm. It ranks; it does not
// forecast.
#pragma once

#include <string>

#include "sim/scenario/scenario.hpp"

namespace headroom {

struct PassEstimate {
  double output_tokens_per_s = 0;
  double tpot_s = 0;  // mean time between the tokens of a sequence; 0: there is one token only
  // What the GPU waits for longest in a pass of decodes: a cause of the graph; "gpu" if it computes
  // longer than it waits for anything.
  std::string bound;
};

// Pre: scenario.offload, it fits (Scenario::unfit), and there is at least one request in its
// workload. Throws UserError when the system cannot run this model.
PassEstimate estimate_from_passes(const Scenario& scenario);

}  // namespace headroom
