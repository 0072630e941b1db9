#include "sim/scenario/offload_capacity.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "offload_texts.hpp"
#include "sim/scenario/identity.hpp"

using namespace headroom;

namespace {

const std::string kOpt = lens_with_system(
    "name: flexgen, micro_batch_size: 48, num_micro_batches: 3, attention: cpu, placement: "
    "{weights: {gpu: 0.2}, activations: {dram: 1}}");
const std::vector<std::string> kOptSettings{
    "model=opt-30b", "hardware.gpu=t4", "hardware.node.pcie.bandwidth=12 GB/s",
    "hardware.node.dram.capacity=208 GB", "workload.prompt_tokens=512"};

std::string opt_problems(const std::string& setting) {
  auto settings = kOptSettings;
  settings.push_back(setting);
  return problems(kOpt, settings);
}

}  // namespace

TEST_CASE("blocks of the KV memory", "[scenario][offload]") {
  // 70e9 / 131072 B = 534057 tokens.
  CHECK(offload_capacity(load(kLens)).kv_blocks == 534057);
  const auto blocks = offload_capacity(load(kLens, {"serving.block_size=16"}));
  CHECK(blocks.kv_blocks == 33378);  // 534057 / 16 = 33378.6
  CHECK(blocks.kv_tokens == 33378 * 16);
  CHECK(blocks.tiers.used_by(Tier::kDram, "kv_cache").value == 33378 * 16 * 131072.0);
  CHECK(blocks.memory[0] == Bytes(48 * 1073741824.0));
}

TEST_CASE("FG5 OPT-30B fits into the DRAM that FlexGen used", "[scenario][offload]") {
  const Scenario scenario = load(kOpt, kOptSettings);
  const auto capacity = offload_capacity(scenario);
  // 59.2 GB of weights, biases and norms included; a fifth of them on the GPU.
  CHECK(capacity.tiers.used_by(Tier::kDram, "weights").value +
            capacity.tiers.used_by(Tier::kGpu, "weights").value ==
        Approx(59.2e9).epsilon(1e-3));
  // What DRAM has left holds the 144 x 544 tokens of 107.8 GB and more.
  CHECK(capacity.kv_tokens >= 144 * 544);
  CHECK(capacity.tiers.fits());
}

TEST_CASE("a memory that is too small is refused with the smallest change that would do",
          "[scenario][offload]") {
  // Weights 47.4 GB + embeddings 0.6 GB leave 160.07 GB; a micro-batch takes 36.29 GB.
  CHECK_THAT(opt_problems("system.num_micro_batches=8"),
             Catch::StartsWith("s.yaml:4:11: error: 'hardware.node.dram' has 208 GB, but needs "
                               "weights 47.36 GB + embeddings ") &&
                 Catch::Contains("lower system.num_micro_batches to at most 4"));
  CHECK(opt_problems("system.num_micro_batches=4").empty());
  CHECK_THAT(opt_problems("system.placement.weights={gpu: 0.9}"),
             Catch::Contains("error: 'hardware.gpu' has 17.18 GB, but needs weights ") &&
                 Catch::Contains("lower system.placement.weights.gpu to at most 0.23"));
  CHECK(opt_problems("system.placement.weights={gpu: 0.23}").empty());
  CHECK_THAT(opt_problems("system.kv_cache=10 GB"),
             Catch::Contains("error: 'system.kv_cache' holds 7266 tokens, but 144 sequences at "
                             "once need 78336; raise it to 107.9 GB"));
  CHECK_THAT(opt_problems("system={name: flexgen, micro_batch_size: 48, num_micro_batches: 3, "
                          "placement: {weights: {ssd: 1}, kv_cache: {ssd: 1}}, attention: cpu}") +
                 problems(kOpt, {"model=opt-175b", "hardware.node.ssd.capacity=300 GB",
                                 "system.placement.weights={ssd: 1}"}),
             Catch::Contains("'hardware.node.ssd' has 300 GB, but needs weights ") &&
                 Catch::Contains("raise hardware.node.ssd.capacity to "));
}

TEST_CASE("a request longer than the KV memory is refused", "[scenario][offload]") {
  CHECK_THAT(problems(kLens, {"system.kv_cache=10 MB"}),
             Catch::Contains("'system.kv_cache' holds 76 tokens, but 1 sequence needs 130; raise "
                             "it to 17.04 MB"));
}

TEST_CASE("every replica has a node of its own", "[scenario][offload]") {
  const auto one = offload_capacity(load(kLens));
  const auto two = offload_capacity(load(kLens, {"hardware.replicas=2"}));
  CHECK(one.kv_blocks == two.kv_blocks);
}

TEST_CASE("node and system are part of a scenario's identity", "[scenario][offload]") {
  const auto hash = [](const std::vector<std::string>& settings) {
    return scenario_hash(load(kLens, settings));
  };
  CHECK(hash({}) == hash({"hardware.node.gpus=1"}));
  CHECK(hash({}) != hash({"hardware.node.dram.capacity=266 GB"}));
  CHECK(hash({}) != hash({"system.packet=50 MB"}));
}

TEST_CASE("the steady rate of admission fills whole blocks in every pass", "[scenario][offload]") {
  const auto request = [](int prompt, int output) {
    Request made;
    made.prompt_tokens = prompt;
    made.output_tokens = output;
    return made;
  };
  RequestTable alike, different;
  alike.requests.assign(3, request(98, 32));
  // 98 .. 128 tokens are two blocks of 64, in 31 passes; 129 are three, in one.
  CHECK(steady_admission_rate(8344 * 64, 64, alike) == Approx(8344.0 / (31 * 2 + 3)));
  CHECK(steady_admission_rate(534057, 1, alike) == Approx(534057.0 / (32 * 98 + 31 * 16)));
  // Blocks of 2: lengths 3 4 take 2 + 2, lengths 1 2 3 4 take 1 + 1 + 2 + 2, on average 5 of 50.
  different.requests = {request(3, 2), request(1, 4)};
  CHECK(steady_admission_rate(101, 2, different) == Approx(10));
}
