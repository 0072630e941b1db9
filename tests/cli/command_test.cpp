#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Json = nlohmann::json;

std::size_t lines_of(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST_CASE("every command has help with an example", "[cli]") {
  Folder folder;
  const Outcome all = folder.headroom({"--help"});
  REQUIRE(all.exit_code == 0);
  for (const std::string command : {"run", "limits", "ops", "check", "list", "query"}) {
    INFO(command);
    CHECK(all.out.find("\n  " + command + ' ') != std::string::npos);
    const Outcome help = folder.headroom({command, "--help"});
    CHECK(help.exit_code == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Usage: headroom " + command) != std::string::npos);
    CHECK(help.out.find("Example:\n  headroom " + command) != std::string::npos);
  }
}

TEST_CASE("the version names the release and the code", "[cli]") {
  Folder folder;
  const Outcome outcome = folder.headroom({"--version"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.starts_with("headroom 0."));
  CHECK(outcome.out.find('(') != std::string::npos);
}

TEST_CASE("every list has the same rows as a table and as csv and as json", "[cli]") {
  Folder folder;
  const Json kinds = Json::parse(folder.headroom({"list", "--format", "json"}).out);
  REQUIRE(kinds.size() >= 8);
  for (const auto& kind : kinds) {
    const std::string name = kind.at("what");
    INFO(name);
    const Outcome table = folder.headroom({"list", name});
    const Outcome csv = folder.headroom({"list", name, "--format", "csv"});
    const Json json = Json::parse(folder.headroom({"list", name, "--format", "json"}).out);
    CHECK(table.exit_code == 0);
    CHECK(!json.empty());
    CHECK(lines_of(table.out) == json.size() + 2);  // names and a rule above
    CHECK(lines_of(csv.out) == json.size() + 1);    // names above
  }
}

TEST_CASE("the names a user would write are in the catalogue", "[cli]") {
  Folder folder;
  for (const std::string gpu : {"a100-80gb-sxm", "h100-sxm", "rtx-4090", "l40s", "b200-sxm"})
    CHECK(folder.headroom({"list", "gpus", gpu}).exit_code == 0);
  for (const std::string model :
       {"llama-2-7b", "llama-3.1-8b", "mixtral-8x7b", "qwen3-30b-a3b", "deepseek-v3",
        "gpt-oss-120b", "opt-30b", "gpt3-175b", "meta-llama/Llama-3.1-8B"}) {
    INFO(model);
    CHECK(folder.headroom({"list", "models", model}).exit_code == 0);
  }
}

TEST_CASE("check prints every key with its value and its origin", "[cli]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  const Outcome outcome = folder.headroom(
      {"check", "s.yaml", "--set", "serving.max_num_seqs=8", "--seed", "9", "--format", "json"});
  REQUIRE(outcome.exit_code == 0);
  const auto find = [rows = Json::parse(outcome.out)](const std::string& key) -> Json {
    for (const auto& row : rows)
      if (row.at("key") == key) return row;
    return nullptr;
  };
  CHECK(find("serving.max_num_seqs").at("value") == "8");
  CHECK(find("serving.max_num_seqs").at("origin").get<std::string>().find("--set") !=
        std::string::npos);
  CHECK(find("seed").at("value") == "9");
  CHECK(find("serving.block_size").at("origin").get<std::string>().find("s.yaml:6:") !=
        std::string::npos);
  CHECK(!find("serving.router").is_null());  // a default is shown too
}

TEST_CASE("ops gives amounts per instance that sum to the iteration", "[cli]") {
  Folder folder;
  const std::vector<std::string> ask{"ops",      "--model", "llama-3.1-8b", "--gpu", "h100-sxm",
                                     "--tokens", "2048",    "--context",    "0"};
  auto json_ask = ask, csv_ask = ask;
  json_ask.insert(json_ask.end(), {"--format", "json"});
  csv_ask.insert(csv_ask.end(), {"--format", "csv"});
  const Json ops = Json::parse(folder.headroom(json_ask).out);
  double total = 0;
  bool found = false;
  for (const auto& op : ops.at("ops")) {
    total += op.at("count").get<double>() * op.at("time_s").get<double>();
    if (op.at("name") != "qkv_proj") continue;
    found = true;
    // 2048 tokens x 4096 inputs x (32 query + 2 x 8 KV heads) x 128 outputs x 2 FLOP, in 32 layers.
    CHECK(op.at("flops").get<double>() == 2.0 * 2048 * 4096 * (32 + 2 * 8) * 128);
    CHECK(op.at("count") == 32);
    CHECK(op.at("bound") == "compute");
    // On 989.4 TFLOPS.
    CHECK(op.at("time_s").get<double>() == Approx(103079215104.0 / 989.4e12).epsilon(1e-9));
  }
  CHECK(found);
  CHECK(ops.at("iteration_s").get<double>() == Approx(total).epsilon(1e-12));
  CHECK(lines_of(folder.headroom(csv_ask).out) == ops.at("ops").size() + 1);
}

TEST_CASE("limits are printed without simulating and account for the memory", "[cli]") {
  Folder folder;
  folder.write("s.yaml", small_scenario());
  const Outcome outcome = folder.headroom({"limits", "s.yaml", "--format", "json"});
  REQUIRE(outcome.exit_code == 0);
  const Json json = Json::parse(outcome.out);
  CHECK(json.at("limits").size() >= 3);
  for (const auto& limit : json.at("limits"))
    for (const char* key : {"name", "metric", "value", "unit", "binding_resource", "source"})
      CHECK(limit.contains(key));
  double fractions = 0;
  for (const auto& use : json.at("capacity")) fractions += use.at("fraction").get<double>();
  CHECK(fractions == Approx(1.0).epsilon(1e-9));
  CHECK(!std::filesystem::exists(folder.path("results.sqlite")));
  const Outcome csv = folder.headroom({"limits", "s.yaml", "--format", "csv"});
  CHECK(lines_of(csv.out) == json.at("limits").size() + 1);
}

TEST_CASE("a reader that goes away is no error and a full disk is one", "[cli]") {
  Folder folder;
  const std::string binary = HEADROOM_BINARY;
  const Outcome piped = folder.run(
      {"bash", "-o", "pipefail", "-c", '\'' + binary + "' list models --format json | head -c 10"});
  CHECK(piped.exit_code == 0);
  CHECK(piped.err.empty());
  const Outcome full = folder.run({"bash", "-c", '\'' + binary + "' list gpus > /dev/full"});
  CHECK(full.exit_code == 2);
  CHECK(full.err.find("cannot write to standard output") != std::string::npos);
}

}  // namespace
}  // namespace headroom::cli
