#include <catch2/catch.hpp>
#include <cstdlib>

#include "scenario_texts.hpp"

using namespace headroom;

namespace {
// What is reported for the base scenario with these lines after it.
std::string with(const std::string& lines) { return problems(kBase + lines); }
std::string without(const std::string& key) {
  std::string text = kBase;
  const auto from = text.find(key);
  text.erase(from, text.find('\n', from) - from + 1);
  return problems(text);
}
}  // namespace

TEST_CASE("the base scenario of these tests is fine", "[scenario][problem]") {
  CHECK(with("").empty());
}

TEST_CASE("a missing section is named", "[scenario][problem]") {
  CHECK(without("model:") == "s.yaml:1:1: error: missing key 'model'");
  CHECK(without("hardware:") == "s.yaml:1:1: error: missing key 'hardware'");
  CHECK(without("workload:") == "s.yaml:1:1: error: missing key 'workload'");
}

TEST_CASE("unknown names get a suggestion", "[scenario][problem]") {
  CHECK(with("servng: {}\n") == "s.yaml:4:1: error: unknown key 'servng'; did you mean 'serving'?");
  CHECK(with("serving: {max_num_seq: 3}\n") ==
        "s.yaml:4:11: error: unknown key 'max_num_seq' in 'serving'; did you mean 'max_num_seqs'?");
  CHECK(problems(kBase, {"hardware.gpu=a100-80gb-sxn"}) ==
        "--set hardware.gpu=a100-80gb-sxn: error: 'hardware.gpu.base' names an unknown GPU "
        "'a100-80gb-sxn'; did you mean "
        "'a100-80gb-sxm'?");
  CHECK(problems(kBase, {"model=llama-2-7c"})
            .find("is neither a model of the catalogue nor the path of a config.json: "
                  "'llama-2-7c'; did you mean 'llama-2-7b'?") != std::string::npos);
  CHECK(
      with("cost_model: rofline\n") ==
      "s.yaml:4:13: error: 'cost_model' has the unknown value 'rofline'; did you mean 'roofline'?");
  CHECK(
      with("serving: {scheduler: vlm}\n") ==
      "s.yaml:4:22: error: 'serving.scheduler' has the unknown value 'vlm'; did you mean 'vllm'?");
  CHECK(with("serving: {engine: vllm-0.11}\n") ==
        "s.yaml:4:19: error: 'serving.engine' has the unknown value 'vllm-0.11'; did you mean "
        "'vllm-0.19'?");
  CHECK(with("serving: {router: fastest}\n")
            .find("s.yaml:4:19: error: 'serving.router' has the unknown value 'fastest'; valid "
                  "values: ") == 0);
  CHECK(
      with("dtype: {weights: bf17}\n") ==
      "s.yaml:4:18: error: 'dtype.weights' has the unknown data type 'bf17'; did you mean 'bf16'?");
}

TEST_CASE("values of the wrong kind are placed at the value", "[scenario][problem]") {
  CHECK(with("seed: -1\n") == "s.yaml:4:7: error: 'seed' must be at least 0, got '-1'");
  CHECK(with("seed: \"1\"\n") ==
        "s.yaml:4:7: error: 'seed' must be a whole number, got '1' in quotes: write it without");
  CHECK(with("seed: one\n") == "s.yaml:4:7: error: 'seed' must be a whole number, got 'one'");
  CHECK(with("serving: {max_num_seqs: 0}\n") ==
        "s.yaml:4:25: error: 'serving.max_num_seqs' must be at least 1 and at most 1000000000, got "
        "'0'");
  CHECK(with("serving: {gpu_memory_utilization: 1.1}\n") ==
        "s.yaml:4:35: error: 'serving.gpu_memory_utilization' must be more than 0 and at most 1, "
        "got '1.1'");
  CHECK(with("serving: {gpu_memory_utilization: 90%}\n") ==
        "s.yaml:4:35: error: 'serving.gpu_memory_utilization' is a bare number and takes no unit, "
        "got '%'");
  CHECK(with("serving: {enable_prefix_caching: on}\n") ==
        "s.yaml:4:34: error: 'serving.enable_prefix_caching' must be true or false, got 'on'");
  CHECK(with("serving: [1]\n") ==
        "s.yaml:4:10: error: 'serving' must be a map of keys, got a list");
  CHECK(with("slo: {ttft: 1}\n") == "s.yaml:4:13: error: 'slo.ttft' needs a unit, such as '50 ms'");
  CHECK(with("slo: {ttft: 0 s}\n") ==
        "s.yaml:4:13: error: 'slo.ttft' must be more than 0 s and at most 1000000000 s, got '0 s'");
  CHECK(with("slo: {}\n") ==
        "s.yaml:4:6: error: 'slo' needs at least one of ttft, tpot, e2e, classes");
  CHECK(with("record: {resource_bin: 1 ns}\n") ==
        "s.yaml:4:24: error: 'record.resource_bin' must be 0 s (none) or at least 1 us");
  CHECK(problems(kBase, {"hardware.replicas=0"}) ==
        "--set hardware.replicas=0: error: 'hardware.replicas' must be at least 1, got '0'");
  CHECK(problems(kBase, {"hardware.replicas=1001"}) ==
        "--set hardware.replicas=1001: error: 'hardware.replicas' is 1001, but at most 1000 can be "
        "simulated: each has its own KV cache and block tables in memory");
  CHECK(problems(kBase, {"hardware.replicas=1000"}).empty());
  CHECK(problems(kBase, {"hardware.gpu.hbm_bandwidth=0 GB/s"}) ==
        "--set hardware.gpu.hbm_bandwidth=0 GB/s: error: 'hardware.gpu.hbm_bandwidth' must be more "
        "than 0 B/s, got '0 GB/s'");
  CHECK(problems(kBase, {"hardware.gpu.hbm_bandwith=1 GB/s"}) ==
        "--set hardware.gpu.hbm_bandwith=1 GB/s: error: unknown key 'hbm_bandwith' in "
        "'hardware.gpu'; did you mean 'hbm_bandwidth'?");
}

TEST_CASE("rules between keys are checked", "[scenario][problem]") {
  CHECK(with("measure: {after: 10 s, until: 5 s}\n") ==
        "s.yaml:4:31: error: 'measure.until' must be later than 'measure.after' (10 s)");
  CHECK(
      with("slo: {classes: {chat: {ttft: 1 s}}}\n") ==
      "s.yaml:4:17: error: 'slo.classes.chat' is no class of the workload; valid classes: default");
  CHECK(with("slo: {classes: {default: {}}}\n")
            .find("s.yaml:4:26: error: 'slo.classes.default.ttft' or 'tpot' or 'e2e' is needed") ==
        0);
  CHECK(with("parallelism: {tensor: 2}\n")
            .find("s.yaml:4:23: error: 'parallelism.tensor' is 2, but replicas of one GPU") == 0);
  CHECK(with("parallelism: {tensor: 1, tensor_parallel_size: 1}\n") ==
        "s.yaml:4:48: error: 'parallelism.tensor_parallel_size' is another spelling of "
        "'parallelism.tensor', which is given too");
  CHECK(with("serving: {enable_chunked_prefill: false}\n")
            .find("s.yaml:4:10: error: 'serving.max_num_batched_tokens' is 2048, less than "
                  "serving.max_model_len (4096)") == 0);
  CHECK(with("serving: {num_gpu_blocks_override: 10, kv_cache_memory: 1 GiB}\n") ==
        "s.yaml:4:57: error: 'serving.kv_cache_memory' and 'serving.num_gpu_blocks_override' both "
        "set the size of the KV cache; give one");
}

TEST_CASE("lengths that the model or the cache cannot have are refused", "[scenario][problem]") {
  CHECK(with("serving: {max_model_len: 4097}\n") ==
        "s.yaml:4:26: error: 'serving.max_model_len' is 4097, but llama-2-7b has "
        "max_position_embeddings 4096");
  CHECK(with("serving: {max_model_len: 4096}\n").empty());
  CHECK(with("serving: {max_model_len: 100, block_size: 101}\n") ==
        "s.yaml:4:43: error: 'serving.block_size' is 101, more than serving.max_model_len (100)");
  CHECK(with("serving: {max_model_len: 200, block_size: 200}\n").empty());
}

TEST_CASE("a class in block style is placed at its name", "[scenario][problem]") {
  CHECK(
      with("slo:\n  classes:\n    chat:\n      ttft: 1 s\n") ==
      "s.yaml:6:5: error: 'slo.classes.chat' is no class of the workload; valid classes: default");
}

TEST_CASE("a misspelt key is not reported missing as well", "[scenario][problem]") {
  CHECK(problems(kBase, {"hardware={gpuu: a100-80gb-sxm}"}) ==
        "--set hardware={gpuu: a100-80gb-sxm}: error: unknown key 'gpuu' in 'hardware'; did you "
        "mean 'gpu'?");
  CHECK(with("slo: {tftt: 1 s}\n").find("did you mean 'ttft'?") != std::string::npos);
}

TEST_CASE("prefix ids that a KV block would straddle are refused", "[scenario][problem]") {
  const std::string trace =
      "model: llama-2-7b\nhardware: {gpu: a100-80gb-sxm}\nserving: {block_size: 48}\n"
      "workload: {trace: {format: mooncake, path: none.jsonl}}\n";
  const std::string found = problems(trace);
  CHECK(found.find("s.yaml:3:23: error: 'serving.block_size' ") == 0);
  CHECK(found.find("s.yaml:4:44: error: 'workload.trace.path' names a file that does not exist: "
                   "'none.jsonl'") != std::string::npos);
}

TEST_CASE("a scenario that cannot be served says what is short and what would help",
          "[scenario][problem]") {
  // 70B parameters of 2 bytes: 128.5 GiB against 0.9 x 79.2 = 71.28.
  CHECK(problems(kBase, {"model=llama-2-70b"})
            .find("s.yaml:2:17: error: 'hardware.gpu' has 79.20 GiB, of which the engine may "
                  "use 71.28 GiB, but the weights of llama-2-70b take 128.") == 0);
  // 0.9 x 14 = 12.6 GiB is just more than the 12.55 of the weights.
  CHECK(problems(kBase, {"hardware.gpu.hbm_capacity=14 GiB"})
            .find("leave nothing for the KV cache") != std::string::npos);
  // 16 GiB: 14.4 - 12.55 - activations - runtime leaves about 1.2 GiB; 4096 tokens need 256 blocks
  // of 8 MiB = 2 GiB.
  const std::string short_of = problems(kBase, {"hardware.gpu.hbm_capacity=16 GiB"});
  CHECK(short_of.find("one request of max_model_len 4096 (the default: the model's "
                      "max_position_embeddings) needs 256 blocks; "
                      "set serving.max_model_len to at most ") != std::string::npos);
  // The smallest change that it names is enough.
  const auto digits = short_of.find("at most ") + 8;
  const std::string longest = short_of.substr(digits, short_of.find(',', digits) - digits);
  CHECK(problems(kBase, {"hardware.gpu.hbm_capacity=16 GiB", "serving.max_model_len=" + longest})
            .empty());
  const std::string more = std::to_string(std::stoll(longest) + 1);
  CHECK_FALSE(problems(kBase, {"hardware.gpu.hbm_capacity=16 GiB", "serving.max_model_len=" + more})
                  .empty());
  // 10,000 blocks of 8 MiB are 78 GiB: beside 12.5 GiB of weights they do not fit into 79.2.
  CHECK(problems(kBase, {"serving.num_gpu_blocks_override=10000"}).find("do not fit") !=
        std::string::npos);
  CHECK(problems(kBase, {"serving.num_gpu_blocks_override=100"}).empty());
}

TEST_CASE("all problems of a scenario come out at once", "[scenario][problem]") {
  const std::string found = problems(
      "model: llama-9\nhardware: {gpu: h100-sxmm, replica: 2}\nserving: {block_size: big}\n"
      "workload: {arrivals: {process: poisson}, prompt_tokens: 1, output_tokens: 1, requests: "
      "1}\nslo: {ttft: 5}\n");
  for (const auto* place : {"s.yaml:1:8: ", "s.yaml:2:17: ", "s.yaml:2:28: ", "s.yaml:3:23: ",
                            "s.yaml:4:", "s.yaml:5:13: "}) {
    INFO(found);
    CHECK(found.find(place) != std::string::npos);
  }
}

TEST_CASE("an absent public trace says where to get it and leaves out the machine's folders",
          "[scenario][problem]") {
  REQUIRE(setenv("HEADROOM_DATA", "/nonexistent", 1) == 0);
  std::string found;
  try {
    load_scenario(HEADROOM_SOURCE_DIR "/scenarios/examples/azure_conversation.yaml");
  } catch (const ConfigError& error) {
    found = error.what();
  }
  unsetenv("HEADROOM_DATA");
  CHECK(found.find("azure_conversation.yaml:17:32: error: 'workload.trace.path'") !=
        std::string::npos);
  CHECK(found.find("github.com/Azure/AzurePublicDataset") != std::string::npos);
  CHECK(found.find("nonexistent") == std::string::npos);
}

TEST_CASE("a scenario file that is missing or no scenario is an error", "[scenario][problem]") {
  CHECK_THROWS_WITH(load_scenario("no/such.yaml"), "no/such.yaml: error: no such file");
  CHECK(problems("- a\n").find("s.yaml:1:1: error: the file must be a map of keys, got a list") ==
        0);
  CHECK(problems("just text\n")
            .find("s.yaml:1:1: error: the file must be a map of keys, got a value") == 0);
  CHECK(problems("\x7f"
                 "ELF")
            .find("s.yaml:1:1: error: a control character: is this a text file?") == 0);
}
