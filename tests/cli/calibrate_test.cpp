#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Json = nlohmann::json;

// 42 GEMMs of a board that does 400 TFLOPS and 2 TB/s after 5 us: what an H100 would not.
std::string kernels() {
  std::string text = "m,n,k,type,time_us\n";
  for (int m = 1; m <= 8192; m *= 2)
    for (const int n : {2048, 4096, 8192}) {
      const double compute = 2.0 * m * n * 4096 / 400e6, memory = 2.0 * n * 4096 / 2e6;
      text += std::to_string(m) + ',' + std::to_string(n) + ",4096,bf16," +
              std::to_string(5 + std::max(compute, memory)) + '\n';
    }
  return text;
}

TEST_CASE("a user's measurements become a calibration that says how good it is", "[cli]") {
  Folder folder;
  folder.write("mine.csv", kernels());
  const Outcome outcome = folder.headroom({"calibrate", "--gpu", "h100", "--data", "mine.csv",
                                           "--out", "h100.yaml", "--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const Json groups = Json::parse(outcome.out);
  REQUIRE(groups.size() == 2);  // few tokens, many tokens
  CHECK(groups[0].at("group") == "gemm bf16 current");
  CHECK(groups[0].at("gpu") == "h100-sxm");
  CHECK(groups[0].at("n") == 18);  // m from 1 to 32
  CHECK(groups[1].at("n") == 24);
  CHECK(groups[1].at("median_ape_pct") < 15);
  const std::string file = folder.read("h100.yaml");
  CHECK(file.find("gpu: h100-sxm\ndie: GH100\n") != std::string::npos);
  CHECK(file.find("data: [simple]") != std::string::npos);
  CHECK(file.find("rows: 42") != std::string::npos);
  CHECK(file.find("range: {m: {low: 1, high: 8192}, n: {low: 2048, high: 8192}") !=
        std::string::npos);
  // The same again, byte for byte.
  REQUIRE(
      folder
          .headroom({"calibrate", "--gpu", "h100-sxm", "--data", "mine.csv", "--out", "again.yaml"})
          .exit_code == 0);
  CHECK(folder.read("again.yaml") == file);
}

TEST_CASE("what calibrate cannot use is said with its place", "[cli]") {
  Folder folder;
  folder.write("bad.csv", "m,n,k,type,time_us\n1,2,3,bf16,4\n1,2,3,bf17,4\n");
  folder.write("other.csv", "a,b\n1,2\n");
  folder.write("layers.csv", "layer,tokens,time_us\no_proj,8,10\n");
  const auto message = [&](std::vector<std::string> more) {
    more.insert(more.begin(), "calibrate");
    const Outcome outcome = folder.headroom(more);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    return outcome.err;
  };
  CHECK(message({"--gpu", "l4", "--data", "bad.csv"}) ==
        "bad.csv:3: error: unknown number format 'bf17'\n");
  CHECK(message({"--gpu", "l4", "--data", "other.csv"}) ==
        "other.csv:1: error: has none of the known sets of columns; the simplest is "
        "m,n,k,type,time_us\n");
  CHECK(message({"--gpu", "l4", "--data", "layers.csv"}) ==
        "error: layers.csv names layers; --model says of which model they are\n");
  CHECK(message({"--gpu", "h101-sxm", "--data", "bad.csv"}) ==
        "error: unknown name 'h101-sxm'; did you mean 'h100-sxm'?\n");
  CHECK(message({"--gpu", "l4"}) == "error: --data is needed: what was measured\n");
  CHECK(message({"--data", "bad.csv"}) == "error: either --gpu NAME or --all is needed\n");
  CHECK(message({"--all", "--data", "nowhere"}).find("error: cannot read the folder") == 0);
}

TEST_CASE("calibrations are listed with their data and errors", "[cli]") {
  const Folder folder;
  const Outcome all = folder.headroom({"list", "calibrations", "--format", "json"});
  REQUIRE(all.exit_code == 0);
  bool has_generic = false;
  for (const auto& row : Json::parse(all.out)) has_generic |= row.at("gpu") == "generic";
  CHECK(has_generic);
  const Outcome one = folder.headroom({"list", "calibrations", "h100", "--format", "json"});
  INFO(one.err);
  REQUIRE(one.exit_code == 0);
  for (const auto& row : Json::parse(one.out)) {
    CHECK(row.at("rows") > 0);
    CHECK(row.at("median_ape") > 0);
    CHECK(row.at("params").get<std::string>().find('=') != std::string::npos);
  }
}

}  // namespace
}  // namespace headroom::cli
