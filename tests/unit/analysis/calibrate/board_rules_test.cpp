#include "analysis/calibrate/board_rules.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "analysis/calibrate/data_files.hpp"

namespace headroom {
namespace {

GpuSpec board(double tflops, double watts, std::string architecture = "") {
  GpuSpec gpu;
  gpu.architecture = std::move(architecture);
  gpu.bf16 = FlopsPerSecond{tflops * 1e12};
  gpu.tdp_w = watts;
  return gpu;
}

TEST_CASE("boards of one die share kernels and of some families too", "[calibrate]") {
  CHECK(architecture_of(board(1, 1, "Hopper GH100")) == "Hopper");
  CHECK(architecture_of(board(1, 1, "Ada AD104")) == architecture_of(board(1, 1, "Ada AD102")));
  CHECK(architecture_of(board(1, 1, "Ampere GA100")) == "Ampere GA100");
  CHECK(architecture_of(board(1, 1, "CDNA3")) == "CDNA3");
}

TEST_CASE("a slope is what spread boards agree on", "[calibrate]") {
  // Far apart, so that the ridge hardly counts: 0.8 at 0.0001 TFLOPS/W and 0.4 at 10000 are a slope
  // of ln(0.5) / ln(1e8) = -0.0376, times 169.66 / (169.66 + 0.5) for the ridge.
  const GpuSpec low = board(1, 10000), high = board(10000, 1);
  const std::array<BoardValue, 2> values{{{&low, 0.8}, {&high, 0.4}}};
  const PowerLaw law = power_law(values, true);
  CHECK(law.slope == Approx(-0.0375).epsilon(0.01));
  CHECK(law.value == Approx(0.5657).epsilon(1e-3));  // sqrt(0.8 x 0.4)
  CHECK(power_law(values, false).slope == 0);
}

TEST_CASE("published files are known by where they lie", "[calibrate]") {
  namespace fs = std::filesystem;
  const fs::path root = fs::temp_directory_path() / "headroom_data_files_test";
  fs::remove_all(root);
  const auto touch = [&](const char* path) {
    fs::create_directories((root / "measured" / path).parent_path());
    std::ofstream(root / "measured" / path) << "x\n";
  };
  touch("vidur/compute/a100/meta-llama/Llama-2-70b-hf/mlp.csv.gz");
  touch("aiconfigurator/tables/h200_sxm/gemm/vllm/0.24.0/gemm_perf.csv.gz");
  touch("llmservingsim/perf/RTXPRO6000/Qwen/Qwen3-32B/bf16/tp2/dense.csv");
  touch("llmservingsim/perf_v0/TPU-v6e-1/meta-llama/Llama-3.1-8B/tp1/layers.csv.gz");  // no GPU
  touch("llmservingsim/perf/RTX4090/nobody/Unknown-1B/bf16/tp1/dense.csv");  // no such model
  touch("llmcompass/matmul_MI210.csv");                                      // not in the catalogue
  touch("vidur/network/a100_dgx/all_reduce.csv.gz");
  const auto files = gemm_data_files(root.string());
  fs::remove_all(root);
  REQUIRE(files.size() == 3);
  CHECK(files[0].gpu == "h200-sxm");
  CHECK(files[0].layout == GemmLayout::kAiconfigurator);
  CHECK(files[0].model.empty());
  CHECK(files[1].gpu == "rtx-pro-6000");
  CHECK(files[1].model == "Qwen3-32B");
  CHECK(files[1].tensor == 2);
  CHECK(files[1].shown_as ==
        "measured/llmservingsim/perf/RTXPRO6000/Qwen/Qwen3-32B/bf16/tp2/dense.csv");
  CHECK(files[2].gpu == "a100-80gb-sxm");
  CHECK(files[2].model == "Llama-2-70b-hf");
}

}  // namespace
}  // namespace headroom
