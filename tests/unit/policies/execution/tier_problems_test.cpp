#include "policies/execution/tier_problems.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "tests/unit/policies/execution/pass_checks.hpp"

using namespace headroom;
using namespace headroom::testing;

namespace {

ModelSpec opt_30b() {
  ModelSpec m;
  m.name = "opt-30b";
  m.num_hidden_layers = 48;
  m.hidden_size = 7168;
  m.intermediate_size = 28672;
  m.num_attention_heads = m.num_key_value_heads = 56;
  m.head_dim = 128;
  m.vocab_size = 50272;
  m.max_position_embeddings = 2048;
  m.tie_word_embeddings = true;
  m.gated_mlp = false;
  m.layers = {{48, false, TokenCount{0}}};
  return m;
}

// FlexGen with prompts of 512 and outputs of 32 tokens on a GPU of 16 GiB and 208 GB of DRAM.
struct Setup {
  LoweredModel model{opt_30b(), {}, {}};
  NodeSpec node = plain_node();
  ExecutionConfig config;
  Setup() {
    node.sockets.front().dram_capacity = Bytes{208e9};
    node.ssd = plain_ssd();
    config.name = "flexgen";
    config.placement = {{0.2, 0.8, 0}, {0, 1, 0}, {0, 1, 0}};
    config.micro_batch_size = 48;
    config.num_micro_batches = 3;
    config.attention = Device::kCpu;
  }
  TierDemandInput input() const {
    TierDemandInput input{model, config, node};
    input.gpu_capacity = Bytes{17179869184.0};
    input.sequences = 1000;
    input.mean_prompt_tokens = 512;
    input.mean_output_tokens = 32;
    input.max_prompt_tokens = 512;
    input.max_output_tokens = 32;
    return input;
  }
  std::vector<TierProblem> problems() const { return tier_demand(input()).problems; }
};

}  // namespace

TEST_CASE("what fits has no problems", "[execution][memory]") { CHECK(Setup().problems().empty()); }

// 0.8 x (59.191 + 0.7207) GB of weights leave 160.07 GB. A micro-batch takes 48 x 544 x 1376256 B =
// 35.937 GB of KV and 48 x 512 x 7168 x 2 B = 0.352 GB of hidden states: 160.07 / 36.289 = 4.41.
// With eight of them one sequence may take 160.07 / 8 = 20.009 GB of 0.75602 GB: 26.5. Or of 287.49
// GB of KV the 130.24 GB too much go to the SSD: 0.453.
TEST_CASE("DRAM that is too small names every change that would do", "[execution][memory]") {
  Setup setup;
  setup.config.num_micro_batches = 8;
  const auto problems = setup.problems();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].key == "hardware.node.dram");
  CHECK(problems[0].text ==
        "has 208 GB, but needs weights 47.35 GB + embeddings 576.6 MB + activations 2.819 GB + "
        "kv_cache 287.5 GB = 338.2 GB; raise hardware.node.dram.capacity to 338.3 GB, lower "
        "system.num_micro_batches to at most 4, lower system.micro_batch_size to at most 26, or "
        "raise system.placement.kv_cache.ssd to at least 0.46");

  // Each is enough by itself, and a step less is not.
  setup.config.num_micro_batches = 4;
  CHECK(setup.problems().empty());
  setup.config.num_micro_batches = 5;
  CHECK(setup.problems().size() == 1);
  setup.config.num_micro_batches = 8;
  setup.config.placement.kv_cache = {0, 0.54, 0.46};
  CHECK(setup.problems().empty());
  setup.config.placement.kv_cache = {0, 0.55, 0.45};
  CHECK(setup.problems().size() == 1);
  setup.config.placement.kv_cache = {0, 1, 0};
  setup.node.sockets.front().dram_capacity = Bytes{338.3e9};
  CHECK(setup.problems().empty());
  setup.node.sockets.front().dram_capacity = Bytes{338.2e9};
  CHECK(setup.problems().size() == 1);
}

// 53.921 + 0.123 + 1.762 = 55.806 GB. 17.18 GB less 1.762 GB for 48 x 512 tokens of 35840 elements
// and a layer of 1.2332 GB: 14.185 GB for w x (59.912 - 1.233) GB, w = 0.2417.
TEST_CASE("a GPU that is too small gets fewer weights", "[execution][memory]") {
  Setup setup;
  setup.config.placement.weights = {0.9, 0.1, 0};
  const auto problems = setup.problems();
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].key == "hardware.gpu");
  CHECK(problems[0].text ==
        "has 17.18 GB, but needs weights 53.27 GB + embeddings 648.6 MB + weight_buffers 123.3 MB "
        "+ workspace 1.762 GB = 55.81 GB; raise hardware.gpu.hbm_capacity to 55.81 GB, or lower "
        "system.placement.weights.gpu to at most 0.24");
  setup.config.placement.weights = {0.24, 0.76, 0};
  CHECK(setup.problems().empty());
  setup.config.placement.weights = {0.25, 0.75, 0};
  CHECK(setup.problems().size() == 1);
}

TEST_CASE("weights that DRAM cannot hold go to the SSD", "[execution][memory]") {
  Setup setup;
  setup.config.micro_batch_size = 1;
  setup.config.num_micro_batches = 1;
  setup.node.sockets.front().dram_capacity = Bytes{32e9};
  const auto problems = setup.problems();
  REQUIRE(problems.size() == 1);
  // KV of one sequence is 0.749 GB. 31.25 GB hold (0.8 - s) x 59.912 + s x 2 x 1.2332 GB: s =
  // (47.93 - 31.25) / 57.45 = 0.2903.
  CHECK_THAT(problems[0].text,
             Catch::Contains("raise system.placement.weights.ssd to at least 0.3"));
  setup.config.placement.weights = {0.2, 0.5, 0.3};
  CHECK(setup.problems().empty());
}

TEST_CASE("a change that makes another memory too small is not offered", "[execution][memory]") {
  Setup setup;
  setup.config.placement.weights = {0.9, 0.1, 0};
  setup.node.sockets.front().dram_capacity = Bytes{117e9};  // 6 + 107.8 + 1.06 GB are there already
  const auto problems = setup.problems();
  REQUIRE(problems.size() == 1);
  CHECK_THAT(problems[0].text, !Catch::Contains("placement.weights.gpu"));
}

TEST_CASE("a static batch without micro-batches gets fewer sequences", "[execution][memory]") {
  Setup setup;
  setup.config.name = "layer_streaming";
  setup.config.micro_batch_size = 0;
  setup.config.num_micro_batches = 1;
  auto input = setup.input();
  input.sequences = 300;
  input.tokens_per_pass = 300;
  const auto problems = tier_demand(input).problems;
  REQUIRE(problems.size() == 1);
  // (208 - 47.93) GB / (544 x 1376256 B) = 213.8 sequences.
  CHECK_THAT(problems[0].text, Catch::Contains("lower serving.max_num_seqs to at most 213"));
}

TEST_CASE("bytes in messages have four digits", "[execution][memory]") {
  CHECK(gigabytes(Bytes{301'234'000'000}) == "301.2 GB");
  CHECK(gigabytes_at_least(Bytes{301'234'000'000}) == "301.3 GB");
  CHECK(gigabytes_at_least(Bytes{301'200'000'000}) == "301.2 GB");
  CHECK(gigabytes(Bytes{576'570'982}) == "576.6 MB");
  CHECK(gigabytes(Bytes{20e12}) == "20 TB");
}
