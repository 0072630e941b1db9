// Bytes of number formats as `headroom ops` and `headroom list` give them (reference equations,
// "INT vs FP / FP4").
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/process.hpp"

namespace headroom::cli {
namespace {

using Json = nlohmann::json;

// Of llama-3.1-8b, one layer.
constexpr double kOutputProjection = 4096.0 * 4096;
constexpr double kGateAndUp = 2.0 * 4096 * 14336;

struct Format {
  const char* name;
  double bytes;  // per element
};
constexpr Format kFormats[] = {
    {"fp32", 4},
    {"fp16", 2},
    {"bf16", 2},
    {"fp8", 1},
    {"int8", 1},
    {"mxfp8", (32 * 8 + 8) / 8.0 / 32},  // blocks of 32 with 8 bits of scale: 1.03125
    {"mxint8", 1.03125},
    {"mxfp4", (32 * 4 + 8) / 8.0 / 32},  // 0.53125
    {"mxint4", 0.53125},
    {"nvfp4", (16 * 4 + 8) / 8.0 / 16},  // blocks of 16 with 8 bits of scale: 0.5625
    {"nvint4", 0.5625},
    {"int4", (64 * 4 + 2 * 16) / 8.0 / 64},   // groups of 64 with fp16 minimum and maximum: 0.5625
    {"q4_k_m", (5 * 144 + 210) / 6.0 / 256},  // five blocks of Q4_K to one of Q6_K: 0.60546875
};

Json ops_with_weights(const Folder& folder, const std::string& type) {
  const Outcome outcome =
      folder.headroom({"ops", "--model", "llama-3.1-8b", "--gpu", "h100-sxm", "--tokens", "1",
                       "--set", "dtype.weights=" + type, "--format", "json"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return Json::parse(outcome.out).at("ops");
}

double weight_bytes_of(const Json& ops, const std::string& name) {
  for (const auto& op : ops)
    if (op.at("name") == name) return op.at("weight_bytes").get<double>();
  return -1;
}

TEST_CASE("projections read their weights at the bytes per element of the format", "[cli]") {
  Folder folder;
  for (const auto& [name, bytes] : kFormats) {
    INFO(name);
    const Json ops = ops_with_weights(folder, name);
    CHECK(weight_bytes_of(ops, "o_proj") == Approx(kOutputProjection * bytes).epsilon(1e-12));
    CHECK(weight_bytes_of(ops, "gate_up_proj") == Approx(kGateAndUp * bytes).epsilon(1e-12));
  }
}

TEST_CASE("the LM head of a quantised model stays in bf16", "[cli]") {
  Folder folder;
  for (const char* name : {"mxfp4", "q4_k_m"})
    // 128,256 tokens of vocabulary x 4096 x 2 bytes.
    CHECK(weight_bytes_of(ops_with_weights(folder, name), "lm_head") == 128256.0 * 4096 * 2);
}

TEST_CASE("every format is listed with its bytes per element and no other is", "[cli]") {
  Folder folder;
  const Json listed = Json::parse(folder.headroom({"list", "data-types", "--format", "json"}).out);
  REQUIRE(listed.size() == std::size(kFormats));
  for (const auto& [name, bytes] : kFormats) {
    INFO(name);
    bool found = false;
    for (const auto& row : listed) {
      if (row.at("data_type") != name) continue;
      found = true;
      CHECK(row.at("bytes_per_element").get<double>() == Approx(bytes).epsilon(1e-12));
    }
    CHECK(found);
  }
}

TEST_CASE("4-bit weights make decoding 8B parameters faster by the bytes they save", "[cli]") {
  Folder folder;
  // Bound by memory: time of a projection of one token goes with its bytes.
  const auto time_of = [&](const std::string& type) {
    for (const auto& op : ops_with_weights(folder, type))
      if (op.at("name") == "gate_up_proj") return op.at("time_s").get<double>();
    return 0.0;
  };
  // 2 bytes against 0.5625, less the activations both have: within 1 percent.
  CHECK(time_of("bf16") / time_of("int4") == Approx(2 / 0.5625).epsilon(0.01));
}

}  // namespace
}  // namespace headroom::cli
