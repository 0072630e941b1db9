// analysis/limits/hrm.hpp -- the hierarchical roofline of MoE-Lightning (arXiv 2411.11217, section
// 3): an operator runs where its data is (the CPU) or on the GPU, fed over the link between them,
// and then has a third roof. Intensities are FLOP per byte: of what the processor reads from its
// own memory (`local`), and of what crosses the link (`crossing`).
#pragma once

namespace headroom::hrm {

struct Processor {
  double flops_per_s = 0, bytes_per_s = 0;
};

// min(P, B I): FLOP/s that the operator gets where its data is.
double local_rate(const Processor& processor, double intensity);

// min(P_gpu, B_gpu I_local, B_link I_crossing): FLOP/s on the GPU with operands fed over the link.
double fed_rate(const Processor& gpu, double link_bytes_per_s, double local, double crossing);

// P1: crossing intensity below which the operator is better computed where its data is; 0 when the
// link alone is faster than the CPU's memory.
double turning_point_cpu(const Processor& cpu, double link_bytes_per_s);
// P2: crossing intensity above which the link no longer bounds the operator on the GPU,
// min(P_gpu, B_gpu I_local) / B_link.
double turning_point_gpu(const Processor& gpu, double link_bytes_per_s, double local);
// Where GPU memory and link are equally busy: B_gpu I_local / B_link.
double balance_point(const Processor& gpu, double link_bytes_per_s, double local);

}  // namespace headroom::hrm
