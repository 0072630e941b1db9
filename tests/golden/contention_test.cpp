// The pair of scenarios in which contention flips the answer
// (scenarios/examples/contention_*.yaml): with a link for each user fetching experts over PCIe
// beats computing them on the CPU, with the one link there is it loses. Both must hold at every
// corner of +-20 % of all bandwidths.
#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/cli/process.hpp"

namespace headroom {
namespace {

// Times the data sheet.
struct Corner {
  double pcie = 1, dram = 1, cpu_dram = 1, hbm = 1;
};

// Same numbers as in the scenarios.
std::vector<std::string> settings(const Corner& corner) {
  const auto gigabytes = [](double value) { return std::to_string(value) + " GB/s"; };
  return {"hardware.node.pcie.achievable_fraction=" + std::to_string(0.8 * corner.pcie),
          "hardware.node.dram.bandwidth=" + gigabytes(614.4 * corner.dram),
          "hardware.node.dram.cpu_bandwidth=" + gigabytes(490 * corner.cpu_dram),
          "hardware.gpu.hbm_bandwidth=" + gigabytes(1008 * corner.hbm)};
}

double makespan(const std::string& links, const std::string& compute, const Corner& corner) {
  const cli::Folder folder;
  std::vector<std::string> arguments{
      "run",
      std::string(HEADROOM_SOURCE_DIR) + "/scenarios/examples/contention_" + links + "_links.yaml",
      "--no-db",
      "--format",
      "json",
      "--set",
      "system.experts.compute=" + compute};
  for (const auto& setting : settings(corner)) {
    arguments.emplace_back("--set");
    arguments.push_back(setting);
  }
  const auto outcome = folder.headroom(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const auto run = nlohmann::json::parse(outcome.out);
  REQUIRE(run.at("completed") == 2048);
  return run.at("makespan_s").get<double>();
}

void require_flip(const Corner& corner, double margin) {
  CAPTURE(corner.pcie, corner.dram, corner.cpu_dram, corner.hbm);
  REQUIRE(makespan("private", "gpu", corner) * margin < makespan("private", "cpu", corner));
  REQUIRE(makespan("shared", "cpu", corner) * margin < makespan("shared", "gpu", corner));
}

void require_flip_at_corners(double pcie, double dram) {
  for (const double cpu_dram : {0.8, 1.2}) {
    // The cores cannot draw more than the DRAM has.
    const double drawn = std::min(cpu_dram, dram);
    for (const double hbm : {0.8, 1.2}) require_flip({pcie, dram, drawn, hbm}, 1.03);
  }
}

}  // namespace

TEST_CASE("contention flips the answer by a quarter either way", "[golden][contention]") {
  require_flip({}, 1.25);
}

TEST_CASE("contention flips the answer with slow PCIe and slow DRAM", "[golden][contention]") {
  require_flip_at_corners(0.8, 0.8);
}
TEST_CASE("contention flips the answer with slow PCIe and fast DRAM", "[golden][contention]") {
  require_flip_at_corners(0.8, 1.2);
}
TEST_CASE("contention flips the answer with fast PCIe and slow DRAM", "[golden][contention]") {
  require_flip_at_corners(1.2, 0.8);
}
TEST_CASE("contention flips the answer with fast PCIe and fast DRAM", "[golden][contention]") {
  require_flip_at_corners(1.2, 1.2);
}

}  // namespace headroom
