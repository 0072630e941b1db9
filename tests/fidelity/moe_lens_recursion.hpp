// tests/fidelity/moe_lens_recursion.hpp -- MoE-Lens's stage 2 for a finite number of sequences and
// blocks of b tokens, pass by pass, written without a look at the program: an agreement with it is
// consistency, not accuracy. Eqs. 8-14 of arXiv 2504.09345 in the form of the reference: a pass
// takes max(delta, n / T_GPU, KV read / CPU memory bandwidth), and a sequence of n tokens holds
// ceil(n / b) blocks.
#pragma once

#include <cstdint>

#include "tests/fidelity/moe_lens_run.hpp"

namespace headroom::fidelity {

struct Stage2 {
  double makespan_s = 0;
  std::int64_t passes = 0;
};

// Paced admission: blocks / sum_{j<g} ceil((p + j) / b) sequences per pass, as whole sequences.
Stage2 stage2_recursion(const MoeLensCase& what);

}  // namespace headroom::fidelity
