#include "analysis/report/scenario_keys.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

using Keys = std::vector<std::string>;

TEST_CASE("keys in which scenario texts differ are found at every depth", "[report]") {
  const auto differing = differing_keys(
      {{"name: a\nserving:\n  max_num_seqs: 8  # a.yaml:3:17\nlist:\n  - rate: 1\nseed: 1\n", {}},
       {"name: b\nserving:\n  max_num_seqs: 16\nlist:\n  - rate: 2\nextra: 5 GB\nseed: 2\n", {}}});
  REQUIRE(differing.keys == Keys{"extra", "list[0].rate", "serving.max_num_seqs"});
  REQUIRE(differing.values == std::vector{Keys{"", "1", "8"}, Keys{"5 GB", "2", "16"}});
}

TEST_CASE("what a catalogue or a default gives is no difference of its own", "[report]") {
  const auto gpu = [](const std::string& base, const std::string& bandwidth) {
    return StoredScenario{"hardware:\n  gpu:\n    base: " + base +
                              "  # chat.yaml:4:7\n    hbm_bandwidth: " + bandwidth +
                              "\nseqs: " + base + "8  # default\n",
                          {}};
  };
  const std::string data_sheet = "  # catalogue: data sheet, 2024";
  REQUIRE(differing_keys({gpu("a", "1 TB/s" + data_sheet), gpu("b", "2 TB/s" + data_sheet)}).keys ==
          Keys{"hardware.gpu"});
  // Somebody has overridden one.
  const auto overridden =
      differing_keys({gpu("a", "1 TB/s" + data_sheet), gpu("a", "3 TB/s  # --set")});
  REQUIRE(overridden.keys == Keys{"hardware.gpu.hbm_bandwidth"});
  REQUIRE(overridden.values == std::vector{Keys{"1 TB/s"}, Keys{"3 TB/s"}});
}

TEST_CASE("runs of a sweep differ from the text of their base in the values of its axes",
          "[report]") {
  const auto differing = differing_keys(
      {{"a: 1\nz: 3\n", {{"z", "3"}}}, {"a: 1\nz: 3\n", {{"z", "4"}}}, {"a: 2\nz: 3\n", {}}});
  REQUIRE(differing.keys == Keys{"z", "a"});
  REQUIRE(differing.values == std::vector{Keys{"3", "1"}, Keys{"4", "1"}, Keys{"3", "2"}});
}

TEST_CASE("an axis over a GPU and a GPU with a base are the same key", "[report]") {
  const std::string h100 =
      "hardware:\n  gpu:\n    base: h100\n    hbm_bandwidth: 3  # catalogue: data sheet\n";
  const auto differing = differing_keys({{h100, {}}, {h100, {{"hardware.gpu", "l4"}}}});
  REQUIRE(differing.keys == Keys{"hardware.gpu"});
  REQUIRE(differing.values == std::vector{Keys{"h100"}, Keys{"l4"}});
}

TEST_CASE("equal scenarios and texts that are no YAML differ in nothing", "[report]") {
  REQUIRE(differing_keys({{"a: 1\n", {}}, {"a: 1\n", {}}}).keys.empty());
  REQUIRE(differing_keys({{"{", {}}, {"}", {}}}).keys.empty());
  REQUIRE(differing_keys({}).keys.empty());
}

}  // namespace
}  // namespace headroom
