// The cases are those of the released solvers: FG5 and ML1 of the published offload systems.
#include "policies/execution/tier_demand.hpp"

#include <catch2/catch.hpp>
#include <string>

#include "policies/execution/execution_system.hpp"
#include "policies/execution/system_traits.hpp"
#include "policies/execution/weight_parts.hpp"
#include "tests/unit/policies/execution/pass_checks.hpp"
#include "tests/unit/sim/transformer/test_models.hpp"

using namespace headroom;
using namespace headroom::testing;

namespace {

// OPT without its biases, which the published byte counts leave out too.
ModelSpec opt(std::int64_t layers, std::int64_t hidden, std::int64_t heads) {
  ModelSpec m;
  m.name = "opt";
  m.num_hidden_layers = layers;
  m.hidden_size = hidden;
  m.intermediate_size = 4 * hidden;
  m.num_attention_heads = m.num_key_value_heads = heads;
  m.head_dim = hidden / heads;
  m.vocab_size = 50272;
  m.max_position_embeddings = 2048;
  m.tie_word_embeddings = true;
  m.gated_mlp = false;
  m.layers = {{layers, false, TokenCount{0}}};
  return m;
}
ModelSpec opt_30b() { return opt(48, 7168, 56); }

constexpr double kT4 = 17179869184.0;  // 16 GiB

ExecutionConfig flexgen(std::int64_t micro_batch, std::int64_t count) {
  ExecutionConfig config;
  config.name = "flexgen";
  config.placement = {{0.2, 0.8, 0}, {0, 1, 0}, {0, 1, 0}};
  config.micro_batch_size = micro_batch;
  config.num_micro_batches = count;
  config.attention = Device::kCpu;
  return config;
}

NodeSpec node_of(double dram) {
  NodeSpec node = plain_node();
  node.sockets.front().dram_capacity = Bytes{dram};
  return node;
}

// Prompts of 512 tokens, outputs of 32.
TierDemandInput input_of(const LoweredModel& model, const ExecutionConfig& config,
                         const NodeSpec& node) {
  TierDemandInput input{model, config, node};
  input.gpu_capacity = Bytes{kT4};
  input.sequences = 1000;
  input.mean_prompt_tokens = 512;
  input.mean_output_tokens = 32;
  input.max_prompt_tokens = 512;
  input.max_output_tokens = 32;
  return input;
}

double used(const TierDemand& demand, Tier tier, const std::string& by) {
  return demand.used_by(tier, by).value;
}

}  // namespace

TEST_CASE("the parts of the weights are all of them", "[execution][memory]") {
  for (const auto& spec : {llama_3_8b(), mixtral_8x7b(), deepseek_v3(), opt_30b()})
    for (const std::int64_t tensor : {1, 4}) {
      const LoweredModel model(spec, {}, {tensor});
      const WeightParts parts = weight_parts(model, DataType::kBf16);
      INFO(spec.name << " over " << tensor);
      CHECK((parts.embeddings + parts.layers()).value == Approx(model.weight_bytes().value));
    }
}

TEST_CASE("FG5 weights and KV cache of OPT-30B and OPT-175B", "[execution][memory]") {
  const LoweredModel small(opt_30b(), {}, {});
  const NodeSpec node = node_of(208e9);
  auto config = flexgen(48, 3);
  config.placement.weights = {0, 1, 0};
  const TierDemand demand = tier_uses(input_of(small, config, node));
  // 48 layers of 8 h^2 + 4 h 4h = 24 x 7168^2 B, and two norms of 7168 elements.
  CHECK(used(demand, Tier::kDram, "weights") == Approx(59'190'018'048.0 + 48 * 2 * 7168 * 2));
  // 144 sequences of 544 tokens, 4 x 7168 B per token and layer: 107.8 GB fit in 208 GB.
  CHECK(used(demand, Tier::kDram, "kv_cache") == 144 * 544 * 48 * 4 * 7168.0);
  CHECK(used(demand, Tier::kDram, "kv_cache") == Approx(107.8e9).epsilon(1e-3));
  CHECK(demand.fits());

  const LoweredModel large(opt(96, 12288, 96), {}, {});
  const auto on_disk = flexgen(32, 8);
  const TierDemand big = tier_uses(input_of(large, on_disk, node));
  // 256 sequences: 256 x 544 x 96 x 4 x 12288 B = 657.1 GB. FlexGen had to put it on disk.
  CHECK(used(big, Tier::kDram, "kv_cache") == Approx(657.1e9).epsilon(1e-3));
  CHECK(used(big, Tier::kDram, "weights") + used(big, Tier::kGpu, "weights") ==
        Approx(347.9e9).epsilon(1e-3));
  CHECK_FALSE(big.fits(Tier::kDram));
}

TEST_CASE("ML1 weights and KV cache and pages of Mixtral on an L4", "[execution][memory]") {
  constexpr double kGiB = 1073741824.0;
  const LoweredModel model(mixtral_8x7b(), {}, {});
  const NodeSpec node = node_of(197'880'360'960.0);
  ExecutionConfig config;
  config.name = "moe_lightning";
  config.placement.weights = {0.055885, 1 - 0.055885, 0};
  config.micro_batch_size = 324;
  config.num_micro_batches = 14;
  config.attention = Device::kCpu;
  TierDemandInput input = input_of(model, config, node);
  input.gpu_capacity = Bytes{24 * kGiB};
  input.gpu_memory_utilization = 0.86;  // the solver's own
  input.sequences = 5000;
  input.mean_prompt_tokens = 77;
  input.max_prompt_tokens = 77;
  const TierDemand demand = tier_uses(input);
  // wi = 6 x 4096 x 14336 x 8 B = 2.625 GiB per layer. Attention 2.5 GiB stays, 0.055885 of 84 GiB
  // of experts; norms and routers are 0.003 GiB more.
  CHECK(used(demand, Tier::kGpu, "weights") == Approx(7.1943 * kGiB).epsilon(1e-3));
  CHECK(used(demand, Tier::kGpu, "weight_buffers") == Approx(2 * 2.625 * 0.944115 * kGiB));
  // 2 s h1 bls: the hidden states of all prompts.
  CHECK(used(demand, Tier::kGpu, "activations") == 2.0 * 77 * 4096 * 324 * 14);
  CHECK(demand.fits(Tier::kGpu));
  // 84 GiB x 0.944115; 4 (s + n) h_kv bls L; two layers of pinned pages.
  CHECK(used(demand, Tier::kDram, "weights") == Approx(84 * 0.944115 * kGiB));
  CHECK(used(demand, Tier::kDram, "kv_cache") == 4.0 * 109 * 1024 * 4536 * 32);
  CHECK(used(demand, Tier::kDram, "weight_buffers") == Approx(2 * 2.625 * 0.944115 * kGiB));
  // The solver's 147.282 GiB hold a copy of the prompts' hidden states too: 2.665 GiB.
  CHECK(demand.total(Tier::kDram).value == Approx((147.282 - 2.665) * kGiB).epsilon(1e-4));
}

TEST_CASE("what is outside the GPU takes the bytes of its format", "[execution][memory]") {
  const LoweredModel model(opt_30b(), {}, {});
  const NodeSpec node = node_of(208e9);
  auto config = flexgen(48, 3);
  config.weight_transfer_type = DataType::kInt4;
  config.kv_transfer_type = DataType::kInt4;
  const TierDemand demand = tier_uses(input_of(model, config, node));
  // Matrices take 0.5625 instead of 2 bytes; norms stay as they are.
  const double matrices = 59'190'018'048.0, norms = 48 * 2 * 7168 * 2;
  CHECK(used(demand, Tier::kDram, "weights") ==
        Approx(0.8 * (matrices * 0.5625 / 2 + norms)).epsilon(1e-9));
  CHECK(used(demand, Tier::kGpu, "weights") == Approx(0.2 * (matrices + norms)).epsilon(1e-9));
  CHECK(used(demand, Tier::kDram, "kv_cache") == Approx(144 * 544 * 48 * 4 * 7168.0 * 0.5625 / 2));
  // Attention and MLP of a layer are there compressed, and the larger half, 8 of 12 h^2, unpacked.
  CHECK(used(demand, Tier::kGpu, "weight_buffers") ==
        Approx(0.8 * (0.28125 + 8.0 / 12) * matrices / 48).epsilon(1e-4));
  config.overlap = false;
  // Two layers, for micro-batches that still compute when the next layer comes in.
  CHECK(used(tier_uses(input_of(model, config, node)), Tier::kGpu, "weight_buffers") ==
        Approx(0.8 * (2 * 0.28125 + 1) * matrices / 48).epsilon(1e-4));
}

TEST_CASE("the KV cache gets what the smallest of its memories leaves", "[execution][memory]") {
  const LoweredModel model(mixtral_8x7b(), {}, {});
  const NodeSpec node = node_of(265e9);
  ExecutionConfig config;
  config.name = "moe_lens";
  config.attention = Device::kCpu;
  TierDemandInput input = input_of(model, config, node);
  input.gpu_capacity = Bytes{24e9};
  input.sequences = 1;
  input.tokens_per_pass = 19200;
  // 265 GB less 93.4 GB of weights, at 131072 B per token.
  const double weights = model.weight_bytes().value;
  CHECK(tier_uses(input).kv_token_capacity ==
        static_cast<std::int64_t>((265e9 - weights) / 131072));
  // 70 GB are 534057 tokens: 70e9 / 131072 = 534057.6.
  config.kv_cache = Bytes{70e9};
  CHECK(tier_uses(input).kv_token_capacity == 534057);
  CHECK(tier_uses(input).used_by(Tier::kDram, "kv_cache").value == Approx(70e9));
  // Half on the GPU: what it leaves is less than what DRAM leaves.
  config.kv_cache.reset();
  config.placement.kv_cache = {0.5, 0.5, 0};
  const TierDemand half = tier_uses(input);
  const double free = 24e9 - half.total(Tier::kGpu).value + used(half, Tier::kGpu, "kv_cache");
  CHECK(half.kv_token_capacity == static_cast<std::int64_t>(free / (0.5 * 131072)));
}

TEST_CASE("given KV memory that is too small for what is held at once is a problem",
          "[execution][memory]") {
  const LoweredModel model(opt_30b(), {}, {});
  const NodeSpec node = node_of(208e9);
  auto config = flexgen(48, 3);
  config.kv_cache = Bytes{100e9};
  const auto problems = tier_demand(input_of(model, config, node)).problems;
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].key == "system.kv_cache");
  // 100e9 / 1376256 = 72660 tokens; 144 x 544 = 78336 take 107.81 GB.
  CHECK(problems[0].text ==
        "holds 72660 tokens, but 144 sequences at once need 78336; raise it to 107.9 GB");
}

TEST_CASE("expert offload keeps all but experts on the GPU and all experts at home",
          "[execution][memory]") {
  const LoweredModel model(mixtral_8x7b(), {}, {});
  NodeSpec node = node_of(128e9);
  node.ssd = plain_ssd();
  ExecutionConfig config;
  config.name = "expert_offload";
  config.placement.kv_cache = {1, 0, 0};
  config.experts.cached_fraction = 0.25;
  TierDemandInput input = input_of(model, config, node);
  input.gpu_capacity = Bytes{48e9};
  input.sequences = 1;
  input.tokens_per_pass = 512;
  // 3 x 4096 x 14336 parameters of an expert, 8 in each of 32 layers.
  const double expert = 3.0 * 4096 * 14336 * 2, experts = expert * 8 * 32;
  const double others = model.weight_bytes().value - experts;
  TierDemand demand = tier_uses(input);
  CHECK(used(demand, Tier::kGpu, "weights") + used(demand, Tier::kGpu, "embeddings") ==
        Approx(others + 0.25 * experts));
  CHECK(used(demand, Tier::kDram, "weights") == Approx(experts));
  CHECK(used(demand, Tier::kGpu, "weight_buffers") == Approx(2 * expert));
  // From the SSD two at a time through DRAM, or directly.
  config.experts.home = Tier::kSsd;
  CHECK(used(tier_uses(input), Tier::kDram, "weight_buffers") == Approx(2 * expert));
  CHECK(used(tier_uses(input), Tier::kDram, "weights") == 0);
  node.gpu_direct_storage = true;
  CHECK(used(tier_uses(input), Tier::kDram, "weight_buffers") == 0);
  node.gpu_direct_storage = false;
  // With a tenth of them in DRAM as well, into which they are read.
  config.placement.weights = {0, 0.1, 0.9};
  demand = tier_uses(input);
  CHECK(used(demand, Tier::kSsd, "weights") == Approx(experts));
  CHECK(used(demand, Tier::kDram, "weights") == Approx(0.1 * experts));
  CHECK(used(demand, Tier::kDram, "weight_buffers") == 0);
  // Nested widths of 2 and 4 bits are stored as the wider, a quarter of 16.
  config.experts.expert_bits = {2, 4};
  config.experts.expert_bit_shares = {0.5, 0.5};
  CHECK(used(tier_uses(input), Tier::kSsd, "weights") == Approx(experts / 4));
}

TEST_CASE("experts that a predictor names wait in HBM until their layer", "[execution][memory]") {
  const LoweredModel model(mixtral_8x7b(), {}, {});
  const NodeSpec node = node_of(128e9);
  ExecutionConfig config;
  config.name = "expert_offload";
  config.placement.kv_cache = {1, 0, 0};
  config.experts.prefetch_recall = 0.5;
  config.experts.prefetch_lead = 3;
  TierDemandInput input = input_of(model, config, node);
  input.sequences = 1;
  const double expert = 3.0 * 4096 * 14336 * 2;
  // One computed, one arriving, and 2 of each of the next 3 layers.
  CHECK(used(tier_uses(input), Tier::kGpu, "weight_buffers") == Approx((2 + 6) * expert));
  // A cache of 4 of 256 has room for 4 of the 6, one of a quarter for all.
  config.experts.cached_fraction = 4.0 / 256;
  CHECK(used(tier_uses(input), Tier::kGpu, "weight_buffers") == Approx((2 + 2) * expert));
  config.experts.cached_fraction = 0.25;
  CHECK(used(tier_uses(input), Tier::kGpu, "weight_buffers") == Approx(2 * expert));
  // 30 layers ahead there are 2 whose experts are named.
  config.experts.cached_fraction = 0;
  config.experts.prefetch_lead = 30;
  CHECK(used(tier_uses(input), Tier::kGpu, "weight_buffers") == Approx((2 + 4) * expert));
  config.experts.prefetch_recall = 0;
  CHECK(used(tier_uses(input), Tier::kGpu, "weight_buffers") == Approx(2 * expert));
}

TEST_CASE("KV outside the GPU is restored into two layers of it", "[execution][memory]") {
  const LoweredModel model(mixtral_8x7b(), {}, {});
  const NodeSpec node = node_of(4e12);
  ExecutionConfig config;
  config.name = "expert_offload";
  TierDemandInput input = input_of(model, config, node);
  input.gpu_capacity = Bytes{12e9};
  input.sequences = 1;  // a scheduler that fills what is left
  // 131072 B per token in 32 layers: 8192 B in two. The longest request has 544 tokens.
  TierDemand demand = tier_uses(input);
  CHECK(used(demand, Tier::kGpu, "kv_buffers") == 544 * 8192.0);
  const double free = 12e9 - demand.total(Tier::kGpu).value + 544 * 8192.0;
  CHECK(free > 0);
  CHECK(demand.kv_token_capacity == static_cast<std::int64_t>(free / 8192));
  CHECK(demand.kv_buffers(1000) == Bytes{1000 * 8192.0});
  // A tenth of the KV cache is on the GPU, nine tenths of two layers restored.
  config.placement.kv_cache = {0.1, 0.9, 0};
  CHECK(tier_uses(input).kv_token_capacity ==
        static_cast<std::int64_t>(free / (0.1 * 131072 + 0.9 * 8192)));
  // No more than 10 sequences run at once: 5440 tokens, and DRAM has room for the rest.
  config.placement.kv_cache = {0, 1, 0};
  input.most_sequences = 10;
  demand = tier_uses(input);
  const double experts = 3.0 * 4096 * 14336 * 2 * 8 * 32;
  CHECK(demand.kv_token_capacity == static_cast<std::int64_t>((4e12 - experts) / 131072));
  CHECK(demand.kv_buffers(1e9) == Bytes{5440 * 8192.0});
  // What is given is held, and so restored, up to that.
  config.kv_cache = Bytes{70e9};
  CHECK(used(tier_uses(input), Tier::kGpu, "kv_buffers") == 5440 * 8192.0);
  // Two micro-batches of 4: the 4 that attend together.
  config.kv_cache.reset();
  config.micro_batch_size = 4;
  config.num_micro_batches = 2;
  input.sequences = 8;
  demand = tier_uses(input);
  CHECK(used(demand, Tier::kGpu, "kv_buffers") == 4 * 544 * 8192.0);
  CHECK(demand.kv_buffers(1000) == Bytes{0});
}

TEST_CASE("KV on the SSD is staged in DRAM for CPU attention", "[execution][memory]") {
  const LoweredModel model(opt_30b(), {}, {});
  NodeSpec node = node_of(208e9);
  node.ssd = plain_ssd();
  auto config = flexgen(48, 3);
  config.placement.kv_cache = {0, 0.5, 0.5};
  const TierDemandInput input = input_of(model, config, node);
  // Half of 48 sequences of 544 tokens, 4 x 7168 B in a layer, two layers.
  CHECK(used(tier_uses(input), Tier::kDram, "kv_buffers") ==
        Approx(0.5 * 2 * 48 * 544 * 4 * 7168.0));
  config.attention = Device::kGpu;
  CHECK(used(tier_uses(input), Tier::kDram, "kv_buffers") == 0);
}

TEST_CASE("padded sequences take the room of the longest", "[execution][memory]") {
  const LoweredModel model(opt_30b(), {}, {});
  const NodeSpec node = node_of(208e9);
  auto config = flexgen(10, 2);
  TierDemandInput input = input_of(model, config, node);
  input.mean_prompt_tokens = 77;
  input.max_prompt_tokens = 418;
  input.block_size = 16;
  CHECK(kv_tokens_needed(input) == 20 * (77 + 32 + 7.5));  // the last block is half full
  config.padded = true;
  CHECK(kv_tokens_needed(input) == 20 * 464.0);  // 450 tokens in 29 blocks
}

TEST_CASE("ranks hold a share each and DRAM the whole model", "[execution][memory]") {
  const LoweredModel whole(opt_30b(), {}, {}), half(opt_30b(), {}, {2});
  const NodeSpec node = node_of(208e9);
  const auto config = flexgen(48, 3);
  const TierDemand one = tier_uses(input_of(whole, config, node));
  const TierDemand two = tier_uses(input_of(half, config, node));
  CHECK(used(two, Tier::kGpu, "weights") ==
        Approx(used(one, Tier::kGpu, "weights") / 2).epsilon(1e-4));
  CHECK(used(two, Tier::kDram, "weights") == used(one, Tier::kDram, "weights"));
  CHECK(used(two, Tier::kDram, "kv_cache") == used(one, Tier::kDram, "kv_cache"));
}

TEST_CASE("every registered system has its traits", "[execution]") {
  for (const auto& name : execution_system_names()) {
    INFO(name);
    CHECK(find_system_traits(name) != nullptr);
  }
  CHECK(find_system_traits("flexgem") == nullptr);
}
