#include "workloads/lengths/length_config.hpp"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "sim/config/node.hpp"

using namespace headroom;

namespace {

std::string problems_of(const std::string& yaml, LengthRole role = LengthRole::kPrompt,
                        LengthSpec* result = nullptr, const std::string& folder = "") {
  try {
    const Node root = parse_config(yaml, "s.yaml");
    ReadContext context;
    context.base_directory = folder;
    MapReader reader(root, "workload", context);
    const LengthSpec spec = length_from_config(reader, role);
    context.diagnostics.throw_if_any();
    if (result != nullptr) *result = spec;
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

std::int32_t draw(const LengthSpec& spec) {
  RandomStream random(1, "test");
  return resolve(spec).draw(random);
}

}  // namespace

TEST_CASE("lengths are read from a number or from a distribution", "[workloads][lengths]") {
  LengthSpec spec;
  REQUIRE(problems_of("prompt_tokens: 256", LengthRole::kPrompt, &spec) == "");
  CHECK(draw(spec) == 256);
  REQUIRE(problems_of("output_tokens: {distribution: fixed, value: 12}", LengthRole::kOutput,
                      &spec) == "");
  CHECK(draw(spec) == 12);
  REQUIRE(problems_of("prompt_tokens: {distribution: uniform, min: 5, max: 5}", LengthRole::kPrompt,
                      &spec) == "");
  CHECK(draw(spec) == 5);
  CHECK(problems_of(
            "prompt_tokens: {distribution: lognormal, mean: 1024, stddev: 800, max: 8192}") == "");
  CHECK(problems_of("prompt_tokens: {distribution: lognormal, mean: 1024, stddev: 800}") == "");
  CHECK(problems_of("prompt_tokens: {distribution: mtbench}") == "");
}

TEST_CASE("the column of an empirical distribution follows from the key", "[workloads][lengths]") {
  std::string folder =
      (std::filesystem::temp_directory_path() / "headroom-lengths-XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  std::ofstream(folder + "/l.csv") << "num_prefill_tokens,num_decode_tokens\n30,4\n30,4\n";
  LengthSpec spec;
  const std::string map = "_tokens: {distribution: empirical, format: vidur, path: l.csv}";
  REQUIRE(problems_of("prompt" + map, LengthRole::kPrompt, &spec, folder) == "");
  CHECK(draw(spec) == 30);
  REQUIRE(problems_of("output" + map, LengthRole::kOutput, &spec, folder) == "");
  CHECK(draw(spec) == 4);
  std::filesystem::remove_all(folder);
}

TEST_CASE("mistakes in lengths are reported at their place", "[workloads][lengths]") {
  CHECK(problems_of("other: 1") == "s.yaml:1:1: error: missing key 'workload.prompt_tokens'");
  CHECK_THAT(problems_of("prompt_tokens: 0"), Catch::StartsWith("s.yaml:1:16: error: "));
  CHECK_THAT(problems_of("prompt_tokens: many"), Catch::StartsWith("s.yaml:1:16: error: "));
  CHECK_THAT(problems_of("prompt_tokens: {mean: 5}"),
             Catch::Contains("missing key 'workload.prompt_tokens.distribution'"));
  CHECK_THAT(problems_of("prompt_tokens: {distribution: lognormel, mean: 5, stddev: 1}"),
             Catch::StartsWith("s.yaml:1:31: error: ") &&
                 Catch::Contains("did you mean 'lognormal'?") && !Catch::Contains("\n"));
  CHECK_THAT(problems_of("prompt_tokens: {distribution: uniform, min: 7, max: 3}"),
             Catch::Equals(
                 "s.yaml:1:53: error: 'workload.prompt_tokens.max' must not be less than 'min'"));
  CHECK_THAT(problems_of("prompt_tokens: {distribution: lognormal, mean: 5}"),
             Catch::Contains("missing key 'workload.prompt_tokens.stddev'"));
  CHECK_THAT(problems_of("prompt_tokens: {distribution: lognormal, mean: 5, stddev: 0}"),
             Catch::StartsWith("s.yaml:1:59: error: "));
  CHECK_THAT(problems_of("prompt_tokens: {distribution: lognormal, mean: 5, stddev: nan}"),
             Catch::StartsWith("s.yaml:1:59: error: "));
  CHECK_THAT(
      problems_of("prompt_tokens: {distribution: lognormal, mean: 10000, stddev: 10, max: 5}"),
      Catch::Equals("s.yaml:1:72: error: 'workload.prompt_tokens.max' leaves fewer than one in a "
                    "million lengths of "
                    "this mean and stddev to draw"));
  CHECK_THAT(problems_of("prompt_tokens: {distribution: fixed, value: 3, maximum: 4}"),
             Catch::Contains("maximum"));
  // A set of prompts says nothing about answers.
  CHECK_THAT(problems_of("output_tokens: {distribution: mtbench}", LengthRole::kOutput),
             Catch::StartsWith("s.yaml:1:31: error: "));
  CHECK_THAT(problems_of("prompt_tokens: [1, 2]"), Catch::StartsWith("s.yaml:1:16: error: "));
}
