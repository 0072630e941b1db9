#include "tests/fidelity/moe_lens_recursion.hpp"

#include <algorithm>
#include <vector>

namespace headroom::fidelity {
namespace {

constexpr double kGpuTokensPerSecond = 150e12 / (2 * 12.75e9);  // of 12.75e9 parameters of a token
constexpr double kCpuMemory = 150e9;
constexpr double kKvBytesPerToken = 70e9 / kKvTokens;

}  // namespace

Stage2 stage2_recursion(const MoeLensCase& what) {
  const auto passes_of_one = static_cast<std::size_t>(what.output_tokens);
  const auto length = [](std::size_t age) { return kPrompt + static_cast<std::int64_t>(age); };
  const auto blocks = [&](std::size_t age) {
    return (length(age) + what.block_size - 1) / what.block_size;
  };
  const auto capacity = static_cast<std::int64_t>(kKvTokens) / what.block_size;
  double blocks_in_a_life = 0;
  for (std::size_t age = 0; age < passes_of_one; ++age)
    blocks_in_a_life += static_cast<double>(blocks(age));
  const double rate = static_cast<double>(capacity) / blocks_in_a_life;

  Stage2 result;
  std::vector<std::int64_t> of_age(passes_of_one, 0);  // sequences by passes they were in before
  std::int64_t waiting = what.requests, living = 0, asked_for = 0;
  while (waiting > 0 || living > 0) {
    std::int64_t held = 0, tokens = 0, kv_read = 0;
    for (std::size_t age = 1; age < passes_of_one; ++age) {
      held += of_age[age] * blocks(age);
      tokens += of_age[age];
      kv_read += of_age[age] * length(age);
    }
    ++result.passes;
    const auto due = static_cast<std::int64_t>(rate * static_cast<double>(result.passes));
    const std::int64_t admitted =
        std::min({waiting, due - asked_for, (capacity - held) / blocks(0)});
    asked_for = due;
    of_age.front() = admitted;
    waiting -= admitted;
    living += admitted;
    tokens += admitted * kPrompt;
    result.makespan_s += std::max({kPassSeconds, static_cast<double>(tokens) / kGpuTokensPerSecond,
                                   static_cast<double>(kv_read) * kKvBytesPerToken / kCpuMemory});
    living -= of_age.back();
    of_age.back() = 0;
    std::rotate(of_age.begin(), of_age.end() - 1, of_age.end());
  }
  return result;
}

}  // namespace headroom::fidelity
