// Small scenarios with systems for the tests of the search.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/load_scenario.hpp"

namespace headroom {

inline const std::string kSmallFlexgen =
    "model: opt-6.7b\n"
    "dtype: {weights: fp16, kv_cache: fp16, activations: fp16}\n"
    "hardware: {gpu: t4, node: {cpu: gcp-t4-flexgen, dram: {capacity: 64 GB}, pcie: {bandwidth: 12 "
    "GB/s}}}\n"
    "system: {name: flexgen, micro_batch_size: 16, num_micro_batches: 2, attention: cpu}\n"
    "workload: {arrivals: {process: all_at_once}, prompt_tokens: 256, output_tokens: 16, requests: "
    "96}\n";

inline const std::string kSmallExperts =
    "model: qwen1.5-moe-a2.7b\n"
    "hardware: {gpu: rtx-4090, node: {cpu: epyc-9355, dram: {capacity: 96 GB}}}\n"
    "system: {name: expert_offload, experts: {cached_fraction: 0.3}}\n"
    "serving: {max_num_seqs: 4, max_model_len: 2048}\n"
    "workload: {arrivals: {process: all_at_once}, prompt_tokens: 100, output_tokens: 40, requests: "
    "8}\n";

inline const std::string kSmallLens =
    "model: mixtral-8x7b\n"
    "hardware: {gpu: a40, node: {cpu: xeon-8380, dram: {capacity: 265 GB, cpu_bandwidth: 150 "
    "GB/s}}}\n"
    "system: {name: moe_lens, kv_cache: 70 GB}\n"
    "workload: {arrivals: {process: all_at_once}, prompt_tokens: 98, output_tokens: 32, requests: "
    "2000}\n";

// What does not fit is no error but Scenario::unfit.
inline Scenario searched(const std::string& text, const std::vector<std::string>& settings = {}) {
  LoadOptions options;
  options.overrides = settings;
  options.unfit_is_error = false;
  return load_scenario_text(text, "s.yaml", options);
}

}  // namespace headroom
