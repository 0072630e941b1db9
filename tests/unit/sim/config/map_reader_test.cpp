#include "sim/config/map_reader.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>

#include "sim/config/data_folder.hpp"

using namespace headroom;

namespace {

// What a reader reports for a text, one line per diagnostic.
std::string problems(const std::string& text, const std::function<void(MapReader&)>& read) {
  ReadContext context;
  const Node root = parse_config(text, "s.yaml");
  MapReader reader(root, "", context);
  read(reader);
  reader.finish();
  try {
    context.diagnostics.throw_if_any();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("typed reads give values in base units", "[config][reader]") {
  ReadContext context;
  const Node root = parse_config(
      "n: 7\nt: 50 ms\nb: 2 GiB\nw: 1 GB/s\nf: 2 TFLOPS\nr: 4 /s\nx: 0.5\nflag: true\ns: hello\n",
      "s.yaml");
  MapReader reader(root, "", context);
  CHECK(reader.count("n") == 7);
  CHECK(reader.seconds("t") == Seconds(0.05));
  CHECK(reader.bytes("b") == Bytes(2147483648.0));
  CHECK(reader.bandwidth("w") == BytesPerSecond(1e9));
  CHECK(reader.flops_rate("f") == FlopsPerSecond(2e12));
  CHECK(reader.per_second("r") == PerSecond(4));
  CHECK(reader.fraction("x") == 0.5);
  CHECK(reader.flag("flag"));
  CHECK(reader.text("s") == "hello");
  reader.finish();
  CHECK(context.diagnostics.empty());
}

TEST_CASE("every read is recorded with its canonical value and where it comes from",
          "[config][reader]") {
  ReadContext context;
  const Node root = parse_config("serving:\n  t: 0.05 s\n", "s.yaml");
  MapReader reader(root, "", context);
  MapReader serving = reader.child("serving");
  serving.seconds("t");
  serving.count("max_num_seqs", {.low = 1}, Default<std::int64_t>{256, "engine vllm-0.19"});
  serving.flag("async", true);
  REQUIRE(context.keys.size() == 3);
  CHECK(context.keys[0].key == "serving.t");
  CHECK(context.keys[0].value == "50 ms");
  CHECK(context.keys[0].origin == "s.yaml:2:6");
  CHECK(context.keys[1].key == "serving.max_num_seqs");
  CHECK(context.keys[1].value == "256");
  CHECK(context.keys[1].origin == "engine vllm-0.19");
  CHECK(context.keys[2].origin == "default");
}

TEST_CASE("all errors of a file come out at once in the order of the file", "[config][reader]") {
  CHECK(problems("n: many\nt: 50\ncolour: blue\n",
                 [](MapReader& r) {
                   r.seconds("t");
                   r.count("n");
                   r.text("name");
                 }) ==
        "s.yaml:1:1: error: missing key 'name'\n"
        "s.yaml:1:4: error: 'n' must be a whole number, got 'many'\n"
        "s.yaml:2:4: error: 't' needs a unit, such as '50 ms'\n"
        "s.yaml:3:1: error: unknown key 'colour'; valid keys: n, name, t");
}

TEST_CASE("an unknown key within two edits gets a suggestion at the position of the key",
          "[config][reader]") {
  CHECK(problems("parallelism:\n  exprt: 2\n", [](MapReader& r) {
          MapReader child = r.child("parallelism");
          child.count("expert", {}, 1);
          child.finish();
        }) == "s.yaml:2:3: error: unknown key 'exprt' in 'parallelism'; did you mean 'expert'?");
  CHECK(problems("ab: 1\n", [](MapReader& r) { r.count("xy", {}, 1); }) ==
        "s.yaml:1:1: error: unknown key 'ab'; valid keys: xy");
}

TEST_CASE("two swapped letters are one edit", "[config][reader]") {
  // Of 'tpot' and 'ttft', 'tftt' is two substitutions from both; one swap from the latter only.
  CHECK(problems("tftt: 1\n", [](MapReader& r) {
          r.count("tpot", {}, 1);
          r.count("ttft", {}, 1);
        }) == "s.yaml:1:1: error: unknown key 'tftt'; did you mean 'ttft'?");
}

TEST_CASE("a key that is suggested for a misspelt one is not missing", "[config][reader]") {
  CHECK(problems("naem: a\n", [](MapReader& r) { r.text("name"); }) ==
        "s.yaml:1:1: error: unknown key 'naem'; did you mean 'name'?");
  CHECK(problems("m: {naem: a}\n",
                 [](MapReader& r) {
                   r.text("name");
                   MapReader inner = r.child("m");
                   inner.text("name");
                   inner.finish();
                 }) ==
        "s.yaml:1:1: error: missing key 'name'\n"
        "s.yaml:1:5: error: unknown key 'naem' in 'm'; did you mean 'name'?");
}

TEST_CASE("values out of range are refused with the range", "[config][reader]") {
  CHECK(problems("n: 0\n", [](MapReader& r) { r.count("n", {.low = 1}); }) ==
        "s.yaml:1:4: error: 'n' must be at least 1, got '0'");
  CHECK(problems("n: 9\n", [](MapReader& r) { r.count("n", {.low = 1, .high = 8}); }) ==
        "s.yaml:1:4: error: 'n' must be at least 1 and at most 8, got '9'");
  CHECK(problems("u: 1.5\n", [](MapReader& r) { r.fraction("u"); }) ==
        "s.yaml:1:4: error: 'u' must be at least 0 and at most 1, got '1.5'");
  CHECK(problems("t: -1 s\n", [](MapReader& r) { r.seconds("t"); }) ==
        "s.yaml:1:4: error: 't' must be at least 0 s, got '-1 s'");
  CHECK(problems("r: 0 /s\n", [](MapReader& r) { r.per_second("r"); }) ==
        "s.yaml:1:4: error: 'r' must be more than 0 /s, got '0 /s'");
  CHECK(problems("x: .nan\n", [](MapReader& r) { r.number("x"); }) ==
        "s.yaml:1:4: error: 'x' is not a number: '.nan'; write one, such as '0.9'");
  CHECK(problems("n: 99999999999999999999\n", [](MapReader& r) { r.count("n"); }) ==
        "s.yaml:1:4: error: 'n' must be a whole number, got '99999999999999999999'");
}

TEST_CASE("values of the wrong shape are refused", "[config][reader]") {
  CHECK(problems("n: [1]\n", [](MapReader& r) { r.count("n"); }) ==
        "s.yaml:1:4: error: 'n' must be a single value, got a list");
  CHECK(problems("n: \"7\"\n", [](MapReader& r) { r.count("n"); }) ==
        "s.yaml:1:4: error: 'n' must be a whole number, got '7' in quotes: write it without");
  CHECK(problems("f: \"true\"\n", [](MapReader& r) { r.flag("f"); }) ==
        "s.yaml:1:4: error: 'f' must be true or false, got 'true' in quotes: write it without");
  CHECK(problems("f: \"x\"\n", [](MapReader& r) { r.flag("f"); }) ==
        "s.yaml:1:4: error: 'f' must be true or false, got 'x'");
  CHECK(problems("n:\n", [](MapReader& r) {
          r.count("n", {}, 1);
        }).find("error: 'n' has no value") != std::string::npos);
  CHECK(problems("f: yes\n", [](MapReader& r) { r.flag("f"); }) ==
        "s.yaml:1:4: error: 'f' must be true or false, got 'yes'");
  CHECK(problems("m: 3\n", [](MapReader& r) { r.child("m").finish(); }) ==
        "s.yaml:1:4: error: 'm' must be a map of keys, got a value");
  CHECK(problems("- 1\n", [](MapReader&) {}) ==
        "s.yaml:1:1: error: the file must be a map of keys, got a list");
  CHECK(problems("l: 3\n", [](MapReader& r) { r.list("l"); }) ==
        "s.yaml:1:4: error: 'l' must be a list, got a value");
  CHECK(problems("l: [{a: 1}]\n", [](MapReader& r) { r.list("l"); }) ==
        "s.yaml:1:5: error: 'l' must hold single values, got a map");
}

TEST_CASE("a choice suggests the nearest of its values", "[config][reader]") {
  const std::vector<std::string> choices{"poisson", "gamma", "constant"};
  CHECK(problems("p: poison\n", [&](MapReader& r) { r.choice("p", choices); }) ==
        "s.yaml:1:4: error: 'p' has the unknown value 'poison'; did you mean 'poisson'?");
  CHECK(problems("p: weibull\n", [&](MapReader& r) { r.choice("p", choices); }) ==
        "s.yaml:1:4: error: 'p' has the unknown value 'weibull'; valid values: poisson, gamma, "
        "constant");
}

TEST_CASE("an alias is another spelling and not a second value", "[config][reader]") {
  const auto read = [](MapReader& r) {
    r.accept_alias("tensor", "tensor_parallel_size");
    CHECK(r.count("tensor", {}, 1) == 2);
  };
  CHECK(problems("tensor_parallel_size: 2\n", read).empty());
  CHECK(problems("tensor: 2\ntensor_parallel_size: 4\n", read) ==
        "s.yaml:2:23: error: 'tensor_parallel_size' is another spelling of 'tensor', which is "
        "given too");
}

TEST_CASE("files must exist and stay as written", "[config][reader]") {
  CHECK(problems("path: no/such/file.csv\n", [](MapReader& r) { r.file("path"); }) ==
        "s.yaml:1:7: error: 'path' names a file that does not exist: 'no/such/file.csv'");
  CHECK(problems("path: .\n", [](MapReader& r) { r.file("path"); }) ==
        "s.yaml:1:7: error: 'path' must name a regular file, got '.'");
  CHECK(problems("path: \"${HOME}/x\"\n", [](MapReader& r) { r.file("path"); }) ==
        "s.yaml:1:7: error: 'path' may only use '${HEADROOM_DATA}', at its start, got '${HOME}/x'");
  CHECK(problems("path: a\n", [](MapReader& r) {
          r.context().may_read_files = false;
          r.file("path");
        }) == "s.yaml:1:7: error: 'path' names a file, and files may not be read here");
}

TEST_CASE("a public trace that is missing says where to get it and where to put it",
          "[config][reader]") {
  REQUIRE(setenv("HEADROOM_DATA", "/nonexistent", 1) == 0);
  const std::string error =
      problems("path: \"${HEADROOM_DATA}/traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz\"\n",
               [](MapReader& r) {
                 const auto path = r.file("path");
                 CHECK(path.as_written ==
                       "${HEADROOM_DATA}/traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz");
                 // The folder itself must not reach anything that is stored.
                 CHECK(r.context().keys.back().value == path.as_written);
               });
  unsetenv("HEADROOM_DATA");
  CHECK(error.find("s.yaml:1:7: error: 'path' names a file that does not exist") == 0);
  CHECK(error.find("github.com/Azure/AzurePublicDataset") != std::string::npos);
  CHECK(error.find(
            "put it at ${HEADROOM_DATA}/traces/azure2023/AzureLLMInferenceTrace_conv.csv.gz") !=
        std::string::npos);
  CHECK(error.find("nonexistent") == std::string::npos);
}

TEST_CASE("the data folder comes from the environment when it is set", "[config][reader]") {
  REQUIRE(setenv("HEADROOM_DATA", "/some/where", 1) == 0);
  CHECK(data_folder() == "/some/where");
  CHECK(expand_data_folder("${HEADROOM_DATA}/a.csv").path == "/some/where/a.csv");
  CHECK(expand_data_folder("plain/a.csv").path == "plain/a.csv");
  unsetenv("HEADROOM_DATA");
}
