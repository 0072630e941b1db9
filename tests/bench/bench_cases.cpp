#include "tests/bench/bench_cases.hpp"

#include <array>
#include <cstdio>

namespace headroom::bench {
namespace {

std::string data_path(const char* file) { return std::string("\"${HEADROOM_DATA}/") + file + '"'; }

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.9g", value);
  return text.data();
}

}  // namespace

std::string conversation_case(bool trace_is_there) {
  const std::string system =
      "name: 50,000 conversations\n"
      "model: llama-2-7b\n"
      "hardware: {gpu: a100-80gb-sxm}\n"
      "serving: {engine: vllm-0.19, max_num_batched_tokens: 512, max_num_seqs: 128, block_size: "
      "16,\n"
      "          num_gpu_blocks_override: 7424, enable_prefix_caching: false}\n"
      "workload:\n";
  if (trace_is_there)
    return system + "  trace: {format: vidur, path: " + data_path(kConversationTrace) + "}\n";
  // Of the trace: 1.994 requests/s; prompts of 1,145 (deviation 1,064, at most 4,079) and answers
  // of 212 (164, at most 1,000).
  return system +
         "  arrivals: {process: poisson, rate: 1.994 /s}\n"
         "  prompt_tokens: {distribution: lognormal, mean: 1145, stddev: 1064, max: 4079}\n"
         "  output_tokens: {distribution: lognormal, mean: 212, stddev: 164, max: 1000}\n"
         "  requests: 50000\n";
}

std::string synthetic_case(std::int64_t requests, double rate) {
  return "name: synthetic\n"
         "model: llama-3.1-8b\n"
         "hardware: {gpu: h100-sxm}\n"
         "workload:\n"
         "  arrivals: {process: poisson, rate: " +
         number(rate) +
         " /s}\n"
         "  prompt_tokens: {distribution: lognormal, mean: 512, stddev: 400, max: 4096}\n"
         "  output_tokens: {distribution: lognormal, mean: 128, stddev: 100, max: 1024}\n"
         "  requests: " +
         std::to_string(requests) + "\n";
}

std::string azure_case() {
  return "name: azure conversation\n"
         "model: llama-3.1-8b\n"
         "hardware: {gpu: h100-sxm, replicas: 2}\n"
         "workload:\n"
         "  trace: {format: azure, path: " +
         data_path(kAzureTrace) + "}\n";
}

std::string mooncake_case() {
  return "name: mooncake conversation\n"
         "model: llama-3.1-8b\n"
         "hardware: {gpu: h100-sxm, replicas: 8}\n"
         "serving: {enable_prefix_caching: true}\n"
         "workload:\n"
         "  trace: {format: mooncake, path: " +
         data_path(kMooncakeTrace) + "}\n";
}

}  // namespace headroom::bench
