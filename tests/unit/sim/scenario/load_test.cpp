#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "scenario_texts.hpp"
#include "sim/config/data_folder.hpp"
#include "sim/config/node.hpp"
#include "sim/scenario/engine_preset.hpp"
#include "sim/scenario/resolved_text.hpp"

using namespace headroom;

namespace {
std::map<std::string, ResolvedKey> by_name(const Scenario& scenario) {
  std::map<std::string, ResolvedKey> keys;
  for (const auto& key : scenario.keys) {
    INFO(key.key);
    CHECK(keys.emplace(key.key, key).second);  // every key stands once
  }
  return keys;
}
}  // namespace

TEST_CASE("a scenario is read into its values", "[scenario]") {
  const Scenario scenario = load(kBase +
                                 "name: a test\n"
                                 "dtype: {weights: fp8, kv_cache: bfloat16}\n"
                                 "serving: {max_num_seqs: 64, max_num_batched_tokens: 512, "
                                 "block_size: 32, router: round_robin}\n"
                                 "slo: {ttft: 1 s, tpot: 50 ms, classes: {default: {e2e: 1 min}}}\n"
                                 "measure: {after: 10 s, until: 1 min}\n"
                                 "record: {iterations: true, resource_bin: 0 s}\n"
                                 "seed: 7\n");
  CHECK(scenario.name == "a test");
  CHECK(scenario.model.name == "llama-2-7b");
  CHECK(scenario.hardware.gpu.name == "a100-80gb-sxm");
  CHECK(scenario.hardware.replicas == 1);
  CHECK(scenario.dtype.weights == DataType::kFp8);
  CHECK(scenario.dtype.kv_cache == DataType::kBf16);
  CHECK(scenario.serving.max_num_seqs == 64);
  CHECK(scenario.serving.max_num_batched_tokens == 512);
  CHECK(scenario.serving.block_size == 32);
  CHECK(scenario.serving.router == "round_robin");
  CHECK(scenario.serving.max_model_len == 4096);  // Llama-2's max_position_embeddings
  CHECK(scenario.slo->ttft == Seconds(1));
  CHECK(scenario.slo->tpot == Seconds(0.05));
  REQUIRE(scenario.class_slos.size() == 1);
  CHECK(scenario.class_slos[0].slo.e2e == Seconds(60));
  CHECK(scenario.measure_after == Seconds(10));
  CHECK(scenario.measure_until == Seconds(60));
  CHECK(scenario.record.iterations);
  CHECK(scenario.record.resource_bin == Seconds(0));
  CHECK(scenario.seed == 7);
  CHECK(scenario.make_requests(7).requests.size() == 20);
  CHECK(scenario.make_batch_policy() != nullptr);
  CHECK(scenario.make_router() != nullptr);
}

TEST_CASE("every key is resolved with the place it comes from", "[scenario]") {
  const auto keys =
      by_name(load(kBase + "serving: {max_num_seqs: 64}\n", {"serving.block_size=32"}));
  CHECK(keys.at("serving.max_num_seqs").origin == "s.yaml:4:25");
  CHECK(keys.at("serving.block_size").origin == "--set");
  CHECK(keys.at("serving.block_size").value == "32");
  CHECK(keys.at("serving.async_scheduling").origin == "engine vllm-0.19");
  CHECK(keys.at("serving.max_num_batched_tokens").origin ==
        "engine vllm-0.19, GPU of 70 GiB or more");
  CHECK(keys.at("serving.max_model_len").origin == "the model's max_position_embeddings");
  CHECK(keys.at("hardware.gpu.hbm_bandwidth").value == "2.039 TB/s");
  CHECK(keys.at("hardware.gpu.hbm_bandwidth").origin == "catalogue: NVIDIA A100 datasheet");
  CHECK(keys.at("cost_model").origin == "default");
  CHECK(keys.at("name").value == "s");
}

TEST_CASE("any number of a GPU can be overridden inline or by a flag on the short form",
          "[scenario]") {
  const std::string map =
      "model: llama-2-7b\nhardware: {gpu: {base: A100-SXM4-80GB, hbm_bandwidth: 4 TB/s}}\n" +
      kBase.substr(kBase.find("workload"));
  CHECK(load(map).hardware.gpu.hbm_bandwidth == BytesPerSecond(4e12));
  const Scenario by_flag = load(kBase, {"hardware.gpu.hbm_bandwidth=4 TB/s"});
  CHECK(by_flag.hardware.gpu.hbm_bandwidth == BytesPerSecond(4e12));
  CHECK(by_flag.hardware.gpu.bf16 == FlopsPerSecond(312e12));
  // The alias, the map and the flag mean the same scenario.
  CHECK(by_flag.text == load(map).text);
}

TEST_CASE("a GPU that does not exist yet is given by its numbers alone", "[scenario]") {
  const std::string gpu =
      "{name: next, sm_count: 200, fp32: 100 TFLOPS, bf16: 5 PFLOPS, hbm_capacity: 512 GiB, "
      "hbm_bandwidth: 16 TB/s, "
      "l2: 200 MiB, pcie_bandwidth: 126 GB/s, tdp: 1500 W, idle_power: 200 W}";
  const Scenario scenario = load("model: llama-2-7b\nhardware: {gpu: " + gpu + "}\n" +
                                 kBase.substr(kBase.find("workload")));
  CHECK(scenario.hardware.gpu.name == "next");
  CHECK(scenario.hardware.gpu.bf16 == FlopsPerSecond(5e15));
  CHECK(scenario.hardware.gpu.fp8 == FlopsPerSecond(0));
  CHECK(problems("model: llama-2-7b\nhardware: {gpu: {sm_count: 1}}\n" +
                 kBase.substr(kBase.find("workload")))
            .find("s.yaml:2:17: error: missing key 'hardware.gpu.bf16' of a GPU without 'base'") !=
        std::string::npos);
}

TEST_CASE("equal meaning gives equal resolved text", "[scenario]") {
  const std::string one =
      kBase + "slo: {ttft: 1 s, tpot: 50 ms}\nserving: {max_num_seqs: 64, block_size: 16}\n";
  const std::string other =
      "serving:\n  block_size: 16\n  max_num_seqs: 6_4\n"
      "slo:\n  tpot: 0.05 s\n  ttft: 1000 ms\n"
      "workload:\n  requests: 20\n  output_tokens: {value: 10, distribution: fixed}\n"
      "  prompt_tokens: {distribution: fixed, value: 100}\n  arrivals: {rate: 240 /min, process: "
      "poisson}\n"
      "hardware: {gpu: {base: A100-80GB}, replicas: 1}\nmodel: meta-llama/Llama-2-7b-hf\n";
  CHECK(load(one).text == load(other).text);
  CHECK(load(one).text != load(one, {"seed=2"}).text);
}

TEST_CASE("the resolved text is a scenario with the same resolved text", "[scenario]") {
  for (const std::string& extra :
       {std::string(),
        std::string(
            "name: 'with \"quotes\": and # signs'\nslo: {classes: {default: {ttft: 1 s}}}\n"),
        std::string("serving: {engine: vllm-main, num_gpu_blocks_override: 500}\nmeasure: {until: "
                    "5 s}\n")}) {
    const Scenario first = load(kBase + extra);
    const Scenario second = load(first.text);
    CHECK(second.text == first.text);
  }
  const std::string classes = kBase.substr(0, kBase.find("workload")) +
                              "workload: {arrivals: {process: poisson, rate: 4 /s}, prompt_tokens: "
                              "100, output_tokens: 10, requests: 20, "
                              "classes: [{name: a, share: 0.5}, {name: b, share: 0.5, "
                              "prompt_tokens: 7, output_tokens: 3}]}\n";
  CHECK(load(load(classes).text).text == load(classes).text);
}

TEST_CASE("engine presets differ where the versions do", "[scenario]") {
  const auto with = [](const std::string& engine) {
    return load(kBase + "serving: {engine: " + engine + "}\n").serving;
  };
  const auto v19 = with("vllm-0.19");
  CHECK(v19.async_scheduling);
  CHECK(v19.scheduler_reserve_full_isl);
  CHECK(v19.free_order == FreeOrder::kAppend);
  CHECK(v19.gpu_memory_utilization == 0.90);
  CHECK(v19.watermark == 0);
  CHECK_FALSE(with("sync").async_scheduling);
  CHECK(with("sync").scheduler_reserve_full_isl);
  CHECK_FALSE(with("vllm-0.12").async_scheduling);
  CHECK_FALSE(with("vllm-0.12").scheduler_reserve_full_isl);
  CHECK(with("vllm-0.12").max_num_seqs == 1024);
  CHECK(with("vllm-0.8").max_num_seqs == 256);
  CHECK(with("vllm-main").free_order == FreeOrder::kUnhashedFirst);
  CHECK(with("vllm-main").gpu_memory_utilization == 0.92);
  CHECK(with("vllm-main").recycling_bound);
  // An A100 keeps 2048 tokens per step whatever its memory; other large GPUs get 8192, small ones
  // 2048 and 256 sequences.
  CHECK(v19.max_num_batched_tokens == 2048);
  CHECK(load(kBase, {"hardware.gpu=h100-sxm"}).serving.max_num_batched_tokens == 8192);
  CHECK(load(kBase, {"hardware.gpu=l40s"}).serving.max_num_batched_tokens == 2048);
  CHECK(load(kBase, {"hardware.gpu=l40s"}).serving.max_num_seqs == 256);
  CHECK(load(kBase, {"hardware.gpu=l40s", "serving.max_num_seqs=77"}).serving.max_num_seqs == 77);
}

TEST_CASE("vLLM spellings are accepted", "[scenario]") {
  CHECK(load(kBase + "parallelism: {tensor_parallel_size: 1}\n").text ==
        load(kBase + "parallelism: {tensor: 1}\n").text);
  CHECK(load(kBase + "serving: {kv_cache_memory_bytes: 10 GiB}\n").serving.kv_cache_memory ==
        Bytes(10 * 1073741824.0));
}

TEST_CASE("a model can be a config.json beside the scenario", "[scenario]") {
  const auto folder = std::filesystem::temp_directory_path() / "headroom_load_test";
  std::filesystem::create_directories(folder / "models");
  std::ofstream(folder / "models" / "config.json")
      << R"({"model_type": "llama", "hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 16,
            "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 128256,
            "max_position_embeddings": 8192, "tie_word_embeddings": true})";
  std::ofstream(folder / "s.yaml")
      << "model: models/config.json\n" + kBase.substr(kBase.find("hardware"));
  const Scenario scenario = load_scenario((folder / "s.yaml").string());
  CHECK(scenario.model.num_hidden_layers == 16);
  CHECK(scenario.model.name == "models/config.json");
  REQUIRE(scenario.input_files.size() == 1);
  CHECK(scenario.input_files[0] == (folder / "models" / "config.json").string());
  // The machine's folders stay out of what is stored.
  CHECK(scenario.text.find(folder.string()) == std::string::npos);

  std::ofstream(folder / "models" / "config.json")
      << R"({"model_type": "llama", "hidden_size": "wide"})";
  try {
    load_scenario((folder / "s.yaml").string());
    FAIL("expected an error");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()).find("models/config.json:1:40: error: ") != std::string::npos);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a quantized config.json needs a scenario that says how weights are stored",
          "[scenario]") {
  const auto folder = std::filesystem::temp_directory_path() / "headroom_quantized_test";
  std::filesystem::create_directories(folder);
  const std::string config = (folder / "config.json").string();
  std::ofstream(config)
      << "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, \"hidden_size\": 64, "
         "\"num_attention_heads\": 4, \"intermediate_size\": 128, \"vocab_size\": 100, "
         "\"max_position_embeddings\": 4096,\n"
         " \"quantization_config\": {\"quant_method\": \"fp8\"}}";
  const std::string expected = config +
                               ":2:2: error: 'quantization_config' stores the weights as 'fp8'; "
                               "say how to price them: set dtype.weights (bf16, fp8, int4, "
                               "mxfp4, ...)";
  CHECK(problems(kBase, {"model=" + config}) == expected);
  CHECK(problems(kBase, {"model=" + config, "dtype.activations=bf16"}) == expected);
  CHECK(problems(kBase, {"model=" + config, "dtype.weights=fp8"}).empty());
  CHECK_THROWS_WITH(load_system({"model=" + config, "hardware.gpu=a100-80gb-sxm"}), expected);
  CHECK(load_system({"model=" + config, "hardware.gpu=a100-80gb-sxm", "dtype.weights=bf16"})
            .dtype.weights == DataType::kBf16);
  std::filesystem::remove_all(folder);
}

TEST_CASE("the scenarios that come with the project load", "[scenario]") {
  std::vector<std::string> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(HEADROOM_SOURCE_DIR "/scenarios"))
    if (entry.path().extension() == ".yaml" &&
        entry.path().string().find("/scenarios/sweeps/") == std::string::npos)
      files.push_back(entry.path().string());
  CHECK(files.size() >= 7);
  for (const auto& file : files) {
    INFO(file);
    const bool needs_data = read_config_file(file).find("${HEADROOM_DATA}/") != std::string::npos;
    const auto data = data_folder();
    if (needs_data && (!data || !std::filesystem::exists(*data))) {
      WARN("SKIPPED: needs ${HEADROOM_DATA}/traces");
      continue;
    }
    const Scenario scenario = load_scenario(file);
    CHECK(load_scenario_text(scenario.text, "again.yaml").text == scenario.text);
    CHECK_FALSE(scenario.make_requests(scenario.seed).requests.empty());
  }
}

TEST_CASE("what one iteration depends on can be given by settings alone", "[scenario]") {
  const auto system = load_system({"model=llama-2-70b", "hardware.gpu=a100-80gb-sxm",
                                   "parallelism.tensor=8", "hardware.gpu.hbm_bandwidth=2 TB/s"});
  CHECK(system.parallelism.tensor == 8);
  CHECK(system.hardware.gpu.hbm_bandwidth == BytesPerSecond(2e12));
  CHECK_THROWS_WITH(
      load_system({"model=llama-2-70b", "hardware.gpu=a100-80gb-sxm", "parallelism.tensor=7"}),
      "--set parallelism.tensor=7: error: 'parallelism.tensor' is 7, but the 64 attention heads of "
      "the model "
      "are not divisible by it");
  CHECK_THROWS_WITH(load_system({"hardware.gpu=a100-80gb-sxm"}),
                    Catch::Contains("missing key 'model'"));
}

TEST_CASE("the text for people shows every value with its origin", "[scenario]") {
  const std::string text = resolved_text_with_origins(load(kBase).keys);
  CHECK(text.find("model: llama-2-7b                                       # s.yaml:1:8\n") ==
        text.find("model:"));
  CHECK(text.find("# engine vllm-0.19\n") != std::string::npos);
  // Comments are comments: it loads as well.
  CHECK(load(text).text == load(kBase).text);
}
