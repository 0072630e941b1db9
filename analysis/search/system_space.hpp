// analysis/search/system_space.hpp -- what `headroom optimize` may vary about a system: the keys
// that its traits say it has. Memory is a hard limit, and the best lies on it: for every size of a
// micro-batch the largest number of them that the memories hold is found by bisection, the other
// way round too, and for every batch the largest share of weights (or of experts) that the GPU
// holds beside it. One size beyond what fits stays in, so that the search can say what it would
// have needed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace headroom {

// As `--set` takes them: "system.micro_batch_size=36".
using Settings = std::vector<std::string>;

// Sizes worth trying up to `most`: powers of two to 8, then steps of about a half, multiples of 4;
// `most` itself is among them.
std::vector<std::int64_t> batch_sizes(std::int64_t most);

// All candidates of a scenario, each a list of settings over it; the scenario as it stands (no
// settings) is the first. Pre: scenario.offload, with at least one request in its workload.
std::vector<Settings> system_candidates(const Scenario& scenario);

// What is too small for a scenario and by how much: "dram: 224.1 GB needed, 26.2 GB short of
// 197.9 GB"; the text of Scenario::unfit where it is no memory. Pre: scenario.offload.
std::string unfit_memory(const Scenario& scenario);

}  // namespace headroom
