// analysis/search/estimate.hpp -- how fast a system would be, from two of its passes instead of a
// run: what a search ranks its candidates by. All sequences of a batch at the mean lengths of the
// workload; one pass over their prompts, the rest like the pass in the middle of their output;
// links without contention, so that a pass is arithmetic. That is the shape of the published models
// (FlexGen, arXiv 2303.06865, section 4.3; MoE-Lightning, arXiv 2411.11217, section 4), with the
// schedule of the system instead of a maximum over resources. It ranks; it does not forecast.
#pragma once

#include <string>

#include "sim/scenario/scenario.hpp"

namespace headroom {

struct Estimate {
  double output_tokens_per_s = 0;
  // What the GPU waits for longest in the middle pass: a cause of the graph; "gpu" if it computes
  // longer than it waits for anything.
  std::string bound;
};

// Pre: scenario.offload, with at least one request in its workload. Throws UserError when the
// system cannot run this model.
Estimate estimate(const Scenario& scenario);

}  // namespace headroom
