#include "analysis/search/pass_estimate.hpp"

#include <catch2/catch.hpp>

#include "search_texts.hpp"

namespace headroom {
namespace {

PassEstimate estimate(const std::string& text, const std::vector<std::string>& settings = {}) {
  return estimate_from_passes(searched(text, settings));
}

TEST_CASE("weights over PCIe bound a small batch and its rate grows with the batch", "[search]") {
  // OPT-6.7b in fp16 streams 32 layers of 12 x 4096^2 + 13 x 4096 parameters, 2 B each, 12.89 GB,
  // and the tied table of 50272 x 4096 x 2 B = 0.41 GB once: 13.30 GB at 12 GB/s are 1.108 s a
  // pass, and a batch of 4 gives 4 / 1.108 = 3.61 tokens/s.
  const std::vector<std::string> four{"system.micro_batch_size=4", "system.num_micro_batches=1",
                                      "system.placement.weights={gpu: 0}"};
  auto eight = four;
  eight[0] = "system.micro_batch_size=8";
  const PassEstimate small = estimate(kSmallFlexgen, four);
  CHECK(small.bound == "weights_pcie");
  CHECK(small.tpot_s == Approx(1.108).epsilon(0.01));
  CHECK(small.output_tokens_per_s == Approx(4 / 1.108).epsilon(0.01));
  CHECK(estimate(kSmallFlexgen, eight).output_tokens_per_s ==
        Approx(2 * small.output_tokens_per_s).epsilon(0.01));
}

TEST_CASE("the last batch takes its time though it is not full", "[search]") {
  // 96 requests in batches of 64: two passes over the weights where 1.5 would be the mean.
  const std::vector<std::string> batch{"system.micro_batch_size=64", "system.num_micro_batches=1",
                                       "system.placement.weights={gpu: 0}"};
  auto two = batch;
  two.push_back("workload.requests=128");
  CHECK(estimate(kSmallFlexgen, batch).output_tokens_per_s <
        0.85 * estimate(kSmallFlexgen, two).output_tokens_per_s);
}

TEST_CASE("a pass takes at least as long as a link that is shared needs for all its users",
          "[search]") {
  // KV cache and experts come over one link: what private links give is too much.
  const std::vector<std::string> both{"system.placement.kv_cache={gpu: 0}",
                                      "workload.prompt_tokens=1500", "serving.max_num_seqs=64",
                                      "workload.requests=64"};
  auto apart = both;
  apart.push_back("hardware.node.shared_links=false");
  CHECK(estimate(kSmallExperts, both).output_tokens_per_s <
        0.95 * estimate(kSmallExperts, apart).output_tokens_per_s);
}

TEST_CASE("a larger cache and a larger token budget are estimated to be faster", "[search]") {
  CHECK(estimate(kSmallExperts, {"system.experts.cached_fraction=0.6"}).output_tokens_per_s >
        1.2 * estimate(kSmallExperts).output_tokens_per_s);
  CHECK(estimate(kSmallLens, {"serving.max_num_batched_tokens=8000"}).output_tokens_per_s >
        1.5 * estimate(kSmallLens, {"serving.max_num_batched_tokens=2000"}).output_tokens_per_s);
}

}  // namespace
}  // namespace headroom
