#include "hwmodels/calibration/calibration.hpp"

#include <catch2/catch.hpp>

#include "hwmodels/kernels/elementwise_model.hpp"
#include "hwmodels/kernels/gemm_model.hpp"
#include "sim/base/diagnostic.hpp"

namespace headroom {
namespace {

constexpr std::string_view kFile = R"(gpu: my-gpu
die: GX100
kernels:
  - class: elementwise/norm
    type: bf16
    generation: "current"
    params: {t_us: 3.5, e: 0.5, kappa: 2}
    per_tflops_per_watt: {e: -0.5}
    fit:
      data: [mine, yours]
      date: 2026-01-02
      rows: 30
      median_ape: 0.04
      p90_ape: 0.1
      bias: -0.01
      left_out_median_ape: 0.05
      left_out_p90_ape: 0.2
      residual_p10: 0.9
      residual_p90: 1.2
    range: {bytes: {low: 2048, high: 1e+09}}
)";

GpuSpec gpu_of(double tflops, double watts) {
  GpuSpec gpu;
  gpu.bf16 = FlopsPerSecond{tflops * 1e12};
  gpu.tdp_w = watts;
  return gpu;
}

std::string with(std::string_view from, std::string_view to) {
  std::string text(kFile);
  return text.replace(text.find(from), from.size(), to);
}

TEST_CASE("a calibration is read as it was written", "[calibration]") {
  const auto calibration = read_calibration(kFile, "my.yaml");
  CHECK(calibration.gpu == "my-gpu");
  CHECK(calibration.die == "GX100");
  const auto* norm = calibration.find("elementwise/norm", "bf16");
  REQUIRE(norm != nullptr);
  CHECK(calibration.find("gemm", "bf16") == nullptr);
  CHECK(calibration.find("elementwise/norm", "bf16", "2023") == nullptr);
  CHECK(norm->fit.data == std::vector<std::string>{"mine", "yours"});
  CHECK(norm->fit.rows == 30);
  CHECK(norm->fit.bias == -0.01);
  CHECK(norm->fit.left_out_median_ape == 0.05);
  CHECK_FALSE(norm->fit.other_die_median_ape);
  REQUIRE(norm->range.size() == 1);
  CHECK(norm->range[0].axis == "bytes");
  CHECK(norm->range[0].high == 1e9);
  const std::string text = calibration_yaml(calibration);
  CHECK(text.substr(text.find('\n') + 1) == kFile);
}

TEST_CASE("parameters reach the model by name and through the data sheet", "[calibration]") {
  const auto calibration = read_calibration(kFile, "my.yaml");
  // 400 TFLOPS at 100 W: 0.5 x 4^-0.5 = 0.25.
  const auto params = params_of<ElementwiseParams>(calibration.kernels[0], gpu_of(400, 100));
  CHECK(params.t_us == 3.5);
  CHECK(params.e == Approx(0.25));
  CHECK(params.kappa == 2);
}

TEST_CASE("numbers that the model does not have or allow are refused", "[calibration]") {
  const auto unknown = read_calibration(with("kappa: 2", "kapa: 2"), "my.yaml");
  CHECK_THROWS_WITH(params_of<ElementwiseParams>(unknown.kernels[0], gpu_of(1, 1)),
                    "error: calibration 'elementwise/norm': the model has no 'kapa'");
  const auto wild = read_calibration(with("kappa: 2", "kappa: 20"), "my.yaml");
  CHECK_THROWS_WITH(
      params_of<ElementwiseParams>(wild.kernels[0], gpu_of(1, 1)),
      "error: calibration 'elementwise/norm': 'kappa' is outside what the model allows");
}

TEST_CASE("everything wrong with a calibration is said at once and where", "[calibration]") {
  const auto problems = [](const std::string& text) {
    try {
      read_calibration(text, "my.yaml");
    } catch (const ConfigError& error) {
      return error.diagnostics();
    }
    return std::vector<Diagnostic>();
  };
  const auto missing = problems(with("      rows: 30\n", ""));
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].where.line == 10);  // of `fit`, whose first key it is
  const auto word = problems(with("residual_p90: 1.2", "residual_p90: much"));
  REQUIRE(word.size() == 1);
  CHECK(word[0].where.line == 19);
  CHECK(word[0].where.column == 21);
}

TEST_CASE("the calibrations that come with the program fit their models", "[calibration]") {
  const auto names = calibration_names();
  REQUIRE(names.size() > 5);
  CHECK(find_calibration("no-such-gpu") == nullptr);
  for (const auto& name : names) {
    const auto* calibration = find_calibration(name);
    REQUIRE(calibration != nullptr);
    CHECK(calibration->gpu == name);
    for (const auto& kernel : calibration->kernels) {
      INFO(name << ' ' << kernel.kernel << ' ' << kernel.type);
      CHECK(kernel.fit.rows > 0);
      CHECK(kernel.fit.residual_p10 <= kernel.fit.residual_p90);
      for (const double tflops : {50.0, 400.0, 2000.0}) {
        if (kernel.kernel == "gemm")
          CHECK_NOTHROW(params_of<GemmParams>(kernel, gpu_of(tflops, 400)));
        if (kernel.kernel.starts_with("elementwise/"))
          CHECK_NOTHROW(params_of<ElementwiseParams>(kernel, gpu_of(tflops, 400)));
      }
    }
  }
}

}  // namespace
}  // namespace headroom
