#include "sim/config/overrides.hpp"

#include <catch2/catch.hpp>

#include "sim/config/map_reader.hpp"

using namespace headroom;

namespace {
const std::vector<ShortForm> kShortForms{{"hardware.gpu", "base"}};

Node with(const std::string& text, const std::vector<std::string>& overrides,
          std::string* problem = nullptr) {
  Node root = parse_config(text, "s.yaml");
  Diagnostics diagnostics;
  apply_overrides(root, overrides, kShortForms, diagnostics);
  try {
    diagnostics.throw_if_any();
  } catch (const ConfigError& error) {
    if (problem != nullptr) *problem = error.what();
  }
  return root;
}
std::string problem_of(const std::string& text, const std::string& override_text) {
  std::string problem;
  with(text, {override_text}, &problem);
  return problem;
}
}  // namespace

TEST_CASE("an override replaces a value or adds one, and the last one wins",
          "[config][overrides]") {
  const Node root =
      with("serving: {max_num_seqs: 256}\n", {"serving.max_num_seqs=64", "serving.block_size=32",
                                              "serving.max_num_seqs=128", "slo.ttft=2 s"});
  CHECK(root.find("serving")->find("max_num_seqs")->text == "128");
  CHECK(root.find("serving")->find("block_size")->text == "32");
  CHECK(root.find("slo")->find("ttft")->text == "2 s");
}

TEST_CASE("an override below a short form expands it", "[config][overrides]") {
  const Node root =
      with("hardware: {gpu: h100-sxm, replicas: 2}\n", {"hardware.gpu.hbm_bandwidth=4 TB/s"});
  const Node* gpu = root.find("hardware")->find("gpu");
  REQUIRE(gpu->is_map());
  CHECK(gpu->find("base")->text == "h100-sxm");
  CHECK(gpu->find("base")->where.line == 1);
  CHECK(gpu->find("hbm_bandwidth")->text == "4 TB/s");
}

TEST_CASE("an override can hold a flow map or list", "[config][overrides]") {
  const Node root = with("a: 1\n", {"workload.arrivals={process: poisson, rate: 4 /s}"});
  CHECK(root.find("workload")->find("arrivals")->find("rate")->text == "4 /s");
}

TEST_CASE("errors in an override are placed at the override", "[config][overrides]") {
  CHECK(problem_of("a: 1\n", "a") ==
        "--set a: error: must be KEY=VALUE, such as serving.max_num_seqs=64");
  CHECK(problem_of("a: 1\n", "=3") ==
        "--set =3: error: must be KEY=VALUE, such as serving.max_num_seqs=64");
  CHECK(problem_of("a: 1\n", "a..b=3") ==
        "--set a..b=3: error: the key must be names with dots between them, such as "
        "serving.max_num_seqs");
  CHECK(problem_of("a: 1\n", "a=") == "--set a=: error: has no value after '='");
  CHECK(problem_of("a: 1\n", "a.b=2") == "--set a.b=2: error: 'a' is a value and has no key 'b'");
  CHECK(problem_of("a: [1]\n", "a.b=2") == "--set a.b=2: error: 'a' is a list and has no key 'b'");
  CHECK(problem_of("a: 1\n", "a=[1") ==
        "--set a=[1: error: a key must be a name, not a list or a map; is a bracket not closed?");
}

TEST_CASE("a value from an override is checked like one from the file", "[config][overrides]") {
  const Node root = with("t: 1 s\n", {"t=50", "colour=blue"});
  ReadContext context;
  MapReader reader(root, "", context);
  reader.seconds("t");
  reader.finish();
  try {
    context.diagnostics.throw_if_any();
    FAIL("expected an error");
  } catch (const ConfigError& error) {
    CHECK(std::string(error.what()) ==
          "--set t=50: error: 't' needs a unit, such as '50 ms'\n"
          "--set colour=blue: error: unknown key 'colour'; valid keys: t");
  }
}

TEST_CASE("the origin of a value that was overridden is the flag", "[config][overrides]") {
  const Node root = with("t: 1 s\n", {"t=50 ms"});
  ReadContext context;
  MapReader reader(root, "", context);
  reader.seconds("t");
  CHECK(context.keys[0].origin == "--set");
}

TEST_CASE("a short form may stand for more than one key", "[config][overrides]") {
  Node root = parse_config("workload: {prompt_tokens: 256}\n", "s.yaml");
  const std::vector<ShortForm> forms{{"workload.prompt_tokens", "value", "distribution", "fixed"},
                                     {"not.there", "base"}};
  expand_short_forms(root, forms);
  const Node* lengths = root.find("workload")->find("prompt_tokens");
  CHECK(lengths->find("distribution")->text == "fixed");
  CHECK(lengths->find("value")->text == "256");
  CHECK(lengths->find("value")->where.column == 27);
}
