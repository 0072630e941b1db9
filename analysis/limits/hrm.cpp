#include "analysis/limits/hrm.hpp"

#include <algorithm>

namespace headroom::hrm {

double local_rate(const Processor& processor, double intensity) {
  return std::min(processor.flops_per_s, processor.bytes_per_s * intensity);
}

double fed_rate(const Processor& gpu, double link_bytes_per_s, double local, double crossing) {
  return std::min(local_rate(gpu, local), link_bytes_per_s * crossing);
}

double turning_point_cpu(const Processor& cpu, double link_bytes_per_s) {
  // B_link I = min(P_cpu, B_cpu I): where the CPU is bound by its memory the two lines meet at 0
  // alone, so the answer is on the flat part of its roof.
  return link_bytes_per_s >= cpu.bytes_per_s ? 0.0 : cpu.flops_per_s / link_bytes_per_s;
}

double turning_point_gpu(const Processor& gpu, double link_bytes_per_s, double local) {
  return local_rate(gpu, local) / link_bytes_per_s;
}

double balance_point(const Processor& gpu, double link_bytes_per_s, double local) {
  return gpu.bytes_per_s * local / link_bytes_per_s;
}

}  // namespace headroom::hrm
