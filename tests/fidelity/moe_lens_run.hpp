// tests/fidelity/moe_lens_run.hpp -- whole runs of MoE-Lens (arXiv 2504.09345) with 94 GB of
// weights over 19.5 GB/s and 70 GB of KV cache, prompts of 98 tokens: scenarios/reproductions
// through the command line.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace headroom::fidelity {

inline constexpr std::int64_t kPrompt = 98;
inline constexpr double kPassSeconds = 94.0 / 19.5;  // delta of Eq. 4
inline constexpr double kKvTokens =
    70e9 / (2 * 8 * 128 * 2 * 32);  // M: K and V, 8 heads of 128, 32 layers
// Eq. 2: 150e12 / 19.5e9 x 8 / 2 tokens per pass, from which the GPU takes longer than the link.
inline constexpr std::int64_t kSaturationTokens = 30769;

struct MoeLensCase {
  std::int64_t output_tokens = 32;
  std::int64_t requests = 200'000;
  std::int64_t block_size = 1;
  std::int64_t tokens_per_pass = kSaturationTokens;
};

struct MoeLensRun {
  double makespan_s = 0;
  double total_tokens_per_s = 0;
  std::int64_t passes = 0;
  std::int64_t preemptions = 0;
  std::map<std::string, double> ledger_s;  // by category
  // Of all categories that begin so.
  double seconds_of(const std::string& prefix) const;
};

// `scheduler`: "paced", or "vllm" for greedy admission. A program that fails, or leaves a request
// unserved, fails the test.
MoeLensRun run_moe_lens(const std::string& scheduler, const MoeLensCase& what);

// Of `headroom limits` for the same: prompt and output tokens per second of stage 1 in g passes.
double stage1_limit(const MoeLensCase& what);

}  // namespace headroom::fidelity
