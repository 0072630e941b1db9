// A scenario with a node and a system for the tests of the loader. Line 1 is the model, 2 the GPU,
// 3 to 7 the node, 8 the system, 9 serving, 10 the workload.
#pragma once

#include <string>
#include <vector>

#include "scenario_texts.hpp"

namespace headroom {

inline const std::string kLens =
    "model: mixtral-8x7b\n"
    "hardware: {gpu: a40, node: {\n"
    "    cpu: xeon-8380,\n"
    "    dram: {capacity: 265 GB, cpu_bandwidth: 150 GB/s},\n"
    "    pcie: {bandwidth: 19.5 GB/s},\n"
    "    ssd: cs3040,\n"
    "    gpus: 1}}\n"
    "system: {name: moe_lens, kv_cache: 70 GB}\n"
    "serving: {block_size: 1}\n"
    "workload: {arrivals: {process: all_at_once}, prompt_tokens: 98, output_tokens: 32, requests: "
    "1000}\n";

// With another line for the one that starts with `start`.
inline std::string lens_with(const std::string& start, const std::string& line) {
  std::string text = kLens;
  const auto from = text.find("\n" + start) + 1;
  return text.replace(from, text.find('\n', from) - from, line);
}
inline std::string lens_with_system(const std::string& keys) {
  return lens_with("system:", "system: {" + keys + "}");
}

}  // namespace headroom
