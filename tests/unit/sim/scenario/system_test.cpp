#include <catch2/catch.hpp>
#include <map>

#include "offload_texts.hpp"
#include "policies/execution/execution_system.hpp"
#include "sim/scenario/offload_capacity.hpp"

using namespace headroom;

namespace {

ExecutionConfig system_of(const std::string& keys) {
  return load(lens_with_system(keys)).offload->system;
}
std::string system_problems(const std::string& keys) { return problems(lens_with_system(keys)); }

const std::string kFlexgen = "name: flexgen, micro_batch_size: 20, num_micro_batches: 3";
const std::string kExperts = "name: expert_offload";

std::map<std::string, ResolvedKey> by_name(const Scenario& scenario) {
  std::map<std::string, ResolvedKey> keys;
  for (const auto& key : scenario.keys) {
    INFO(key.key);
    CHECK(keys.emplace(key.key, key).second);  // every key stands once
  }
  return keys;
}

}  // namespace

TEST_CASE("every execution system can be chosen", "[scenario][system]") {
  for (const auto& name : execution_system_names()) {
    INFO(name);
    const std::string batches = name == "flexgen" || name == "moe_lightning"
                                    ? ", micro_batch_size: 20, num_micro_batches: 3"
                                    : "";
    CHECK(system_of("name: " + name + batches).name == name);
  }
  CHECK(execution_system_names().size() == 5);
}

TEST_CASE("fractions that are not named are nothing and DRAM has the rest", "[scenario][system]") {
  const auto config =
      system_of(kFlexgen + ", placement: {weights: {gpu: 0.2}, kv_cache: {ssd: 0.5, gpu: 0.125}}");
  CHECK(config.placement.weights.gpu == 0.2);
  CHECK(config.placement.weights.dram == 0.8);
  CHECK(config.placement.kv_cache.dram == 0.375);
  CHECK(config.placement.kv_cache.ssd == 0.5);
  CHECK(config.placement.activations.gpu == 1);
  // The rest is a value like any other: all of it comes back.
  const Scenario thirds = load(lens_with_system(
      kFlexgen + ", placement: {weights: {gpu: 0.1, ssd: 0.7}, kv_cache: {gpu: 0.001}}"));
  CHECK(load(thirds.text).text == thirds.text);
  CHECK(system_problems(kFlexgen + ", placement: {weights: {dram: 0.5}}") ==
        "s.yaml:8:90: error: 'system.placement.weights' must have fractions that sum to 1, got "
        "0.5");
  CHECK(problems(lens_with("    ssd:", ""),
                 {"system={name: layer_streaming, placement: {weights: {ssd: 1}}}"})
            .find("'system.placement.weights.ssd' needs 'hardware.node.ssd'") != std::string::npos);
}

TEST_CASE("a system reads only the keys it has", "[scenario][system]") {
  CHECK(system_problems("name: moe_lens, micro_batch_size: 4") ==
        "s.yaml:8:26: error: unknown key 'micro_batch_size' in 'system'; valid keys: efficiency, "
        "kv_cache, kv_transfer_type, layer_overhead, name, packet, placement, "
        "weight_transfer_type");
  CHECK_THAT(system_problems(kFlexgen + ", packet: 1 MB"), Catch::Contains("unknown key 'packet'"));
  CHECK_THAT(system_problems("name: moe_lens, placement: {weights: {ssd: 1}}"),
             Catch::Contains("unknown key 'ssd' in 'system.placement.weights'"));
  CHECK(system_problems("name: flexgen") ==
        "s.yaml:8:9: error: missing key 'system.micro_batch_size'");
  CHECK(system_problems("name: layer_streaming, num_micro_batches: 2") ==
        "s.yaml:8:52: error: 'system.num_micro_batches' needs 'system.micro_batch_size'");
  CHECK(system_problems("name: flexgem") ==
        "s.yaml:8:16: error: 'system.name' has the unknown value 'flexgem'; did you mean "
        "'flexgen'?");
  CHECK(system_problems("efficiency: 0.5") == "s.yaml:8:9: error: missing key 'system.name'");
}

TEST_CASE("transfer types are by default those of the model", "[scenario][system]") {
  CHECK(load(lens_with_system(kFlexgen), {"dtype.weights=fp8"})
            .offload->system.weight_transfer_type == DataType::kFp8);
  CHECK(system_of(kFlexgen + ", weight_transfer_type: int4").weight_transfer_type ==
        DataType::kInt4);
  CHECK_THAT(system_problems(kFlexgen + ", kv_transfer_type: int5"),
             Catch::Contains("'system.kv_transfer_type' has the unknown data type 'int5'"));
}

TEST_CASE("keys of expert offload", "[scenario][system]") {
  const auto experts =
      system_of(kExperts +
                ", experts: {home: ssd, cached_fraction: 0.25, cache: lfu, prefetch_recall: 0.9, "
                "prefetch_lead: 2, expert_bits: [2, 4], expert_bit_shares: [0.7, 0.3], "
                "hottest_first: true, routing: {kind: zipf, zipf_exponent: 1.2, affinity: 0.3}}, "
                "placement: {weights: {dram: 0.1, ssd: 0.9}}")
          .experts;
  CHECK(experts.home == Tier::kSsd);
  CHECK(experts.cache == CachePolicy::kLfu);
  CHECK(experts.expert_bits == std::vector<double>{2, 4});
  CHECK(experts.expert_bit_shares == std::vector<double>{0.7, 0.3});
  CHECK(experts.prefetch_lead == 2);
  CHECK(experts.hottest_first);
  CHECK(experts.routing.kind == RoutingKind::kZipf);
  CHECK(experts.routing.affinity == 0.3);
  // What the CPU computes is never fetched.
  CHECK(system_of(kExperts + ", experts: {compute: cpu}").experts.cache == CachePolicy::kStatic);
}

TEST_CASE("keys of expert offload that contradict each other are refused", "[scenario][system]") {
  const auto refused = [](const std::string& keys, const std::string& message) {
    INFO(keys);
    CHECK_THAT(system_problems(kExperts + ", experts: {" + keys + "}"), Catch::Contains(message));
  };
  refused("compute: cpu, cache: lru", "'system.experts.cache' must be static");
  refused("compute: cpu, prefetch_recall: 0.5",
          "'system.experts.prefetch_recall' needs 'experts.compute: gpu'");
  refused("expert_bits: [2, 4]", "must have one share for each of 'expert_bits'");
  refused("expert_bits: [4, 2], expert_bit_shares: [0.5, 0.5]", "must grow");
  refused("expert_bits: [2, 4], expert_bit_shares: [0.5, 0.6]", "must sum to 1, got 1.1");
  refused("expert_bits: [2, x], expert_bit_shares: [0.5, 0.5]",
          "must hold numbers above 0 and at most 32, got 'x'");
  refused("routing: {zipf_exponent: 2}", "unknown key 'zipf_exponent'");
  refused("routing: {kind: trace}", "missing key 'system.experts.routing.trace'");
  refused("routing: {kind: trace, trace: no.csv}", "names a file that does not exist");
  refused("compute: cpu, home: ssd", "'system.experts.home' must be dram with 'experts.compute");
}

TEST_CASE("experts lie at home but for what DRAM holds of those on an SSD", "[scenario][system]") {
  const std::string ssd = ", experts: {home: ssd}";
  CHECK(system_of(kExperts + ssd).placement.weights.ssd == 1);
  const TierFractions some =
      system_of(kExperts + ssd + ", placement: {weights: {dram: 0.3}}").placement.weights;
  CHECK(some.dram == 0.3);
  CHECK(some.ssd == 1 - 0.3);
  const auto refused = [&](const std::string& keys, const std::string& message) {
    INFO(keys);
    CHECK_THAT(system_problems(kExperts + keys), Catch::Contains(message));
  };
  refused(", placement: {weights: {dram: 1}}", "unknown key 'weights' in 'system.placement'");
  refused(ssd + ", placement: {weights: {dram: 1}}",
          "'system.placement.weights' leaves no experts on the SSD");
  refused(ssd + ", placement: {weights: {gpu: 0.1}}",
          "'system.placement.weights.gpu' is said by 'system.experts.cached_fraction'");
  refused(ssd + ", placement: {weights: {dram: 0.1, ssd: 0.5}}", "sum to 1, got 0.6");
}

TEST_CASE("what the system itself refuses is found at load", "[scenario][system]") {
  CHECK_THAT(problems(lens_with_system(kExperts + ", experts: {cached_fraction: 0.1}"),
                      {"model=opt-6.7b"}),
             Catch::StartsWith("s.yaml:8:16: error: 'system.name' cannot work here: "));
}

TEST_CASE("serving defaults are the system's", "[scenario][system]") {
  const auto lens = by_name(load(kLens));
  CHECK(lens.at("serving.scheduler").value == "vllm");
  CHECK(lens.at("serving.scheduler").origin == "system moe_lens");
  CHECK(lens.at("serving.async_scheduling").value == "false");
  CHECK(lens.at("serving.enable_prefix_caching").value == "false");
  CHECK(lens.at("serving.gpu_memory_utilization").value == "1");
  const Scenario flexgen = load(lens_with_system(kFlexgen));
  CHECK(flexgen.serving.scheduler == "static_batch");
  CHECK(flexgen.serving.max_num_seqs == 60);  // 20 x 3
  CHECK(load(lens_with_system("name: layer_streaming")).serving.scheduler == "static_batch");
  CHECK(load(lens_with_system(kExperts)).serving.scheduler == "vllm");
}

TEST_CASE("L1 tokens that saturate the GPU are the budget of MoE-Lens", "[scenario][system]") {
  // MoE-Lens table 2: 150 TFLOPS / 31.25 GB/s x 8 / 2 = 19200; L40 181 -> 23168, A100 312 -> 39936
  // (the paper prints 19.2k, 23.2k, 40.0k).
  const auto budget = [](const char* rate) {
    const Scenario scenario = load(kLens, {"hardware.node.pcie.bandwidth=31.25 GB/s",
                                           "hardware.gpu.bf16=" + std::string(rate)});
    CHECK(scenario.serving.max_num_seqs == scenario.serving.max_num_batched_tokens);
    return scenario.serving.max_num_batched_tokens;
  };
  CHECK(budget("150 TFLOPS") == 19200);
  CHECK(budget("181 TFLOPS") == 23168);
  CHECK(budget("312 TFLOPS") == 39936);
  CHECK(by_name(load(kLens)).at("serving.max_num_batched_tokens").origin.find("MoE-Lens eq. 2") !=
        std::string::npos);
}

TEST_CASE("keys of serving that a system replaces are refused", "[scenario][system]") {
  const auto refused = [](const std::string& setting, const std::string& message) {
    INFO(setting);
    CHECK_THAT(problems(kLens, {"serving." + setting}), Catch::Contains(message));
  };
  refused("async_scheduling=true", "must be false with 'system'");
  refused("kv_cache_memory=1 GB", "cannot be used with 'system'; set system.kv_cache");
  refused("num_gpu_blocks_override=10", "cannot be used with 'system'; set system.kv_cache");
  refused("admission_rate=3", "needs 'serving.scheduler: paced'");
  CHECK_THAT(problems(lens_with_system(kFlexgen), {"serving.max_num_seqs=61"}),
             Catch::Contains("'serving.max_num_seqs' is 61, more than the 60 sequences of"));
}

TEST_CASE("paced admission keeps the KV memory full", "[scenario][system]") {
  const Scenario paced = load(kLens, {"serving.scheduler=paced"});
  // 534057 tokens / sum over 32 passes of 98 + j: 32 x 98 + 31 x 16 = 3632.
  CHECK(paced.serving.admission_rate == Approx(534057.0 / 3632));
  const auto key = by_name(paced).at("serving.admission_rate");
  CHECK(key.origin == "KV capacity of 534057 tokens / sum of a sequence's lengths");
  CHECK(load(paced.text).text == paced.text);
  CHECK(load(kLens, {"serving.scheduler=paced", "serving.admission_rate=12.5"})
            .serving.admission_rate == 12.5);
}

TEST_CASE("the resolved text of a scenario with a system is that scenario", "[scenario][system]") {
  for (const std::string& keys :
       {std::string("name: moe_lens, kv_cache: 70 GB, packet: 10 MB"),
        kFlexgen + ", placement: {weights: {gpu: 0.3, ssd: 0.1}}, attention: cpu, padded: true",
        std::string("name: moe_lightning, micro_batch_size: 10, placement: {weights: {gpu: 0.05}}"),
        std::string("name: layer_streaming, micro_batch_size: 4, efficiency: 0.5"),
        kExperts + ", experts: {expert_bits: [2, 4], expert_bit_shares: [0.7, 0.3]}, "
                   "layer_overhead: 10 us"}) {
    INFO(keys);
    const Scenario first = load(lens_with_system(keys));
    by_name(first);
    CHECK(load(first.text).text == first.text);
  }
  const Scenario two = load(
      lens_with_system("name: moe_lens"),
      {"hardware.node.sockets=2", "hardware.node.cross_socket_bandwidth=60 GB/s",
       "hardware.node.gpus=2", "hardware.node.pcie.gpus_per_switch=2", "parallelism.tensor=2"});
  by_name(two);
  CHECK(load(two.text).text == two.text);
}

TEST_CASE("the facts of a workload are those of its requests", "[scenario][system]") {
  const Scenario scenario =
      load(kLens, {"workload.prompt_tokens={distribution: mtbench}", "workload.requests=5000"});
  const WorkloadFacts& facts = scenario.offload->workload;
  const WorkloadFacts all = workload_facts(scenario.make_requests(scenario.seed));
  CHECK(facts.requests == 5000);
  CHECK(facts.max_prompt_tokens == all.max_prompt_tokens);
  CHECK(facts.mean_prompt_tokens == all.mean_prompt_tokens);
  CHECK(facts.mean_prompt_tokens == Approx(77).epsilon(0.05));
  CHECK(facts.max_output_tokens == 32);
}
