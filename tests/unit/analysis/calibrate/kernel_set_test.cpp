#include "analysis/calibrate/kernel_set.hpp"

#include <catch2/catch.hpp>

#include "analysis/calibrate/fit_report.hpp"
#include "hwmodels/catalog/catalog.hpp"

namespace headroom {
namespace {

// What boards with these numbers would measure, exactly.
std::vector<ElementwiseMeasurement> norms(const std::string& gpu, double t_us, double e) {
  std::vector<ElementwiseMeasurement> rows;
  ElementwiseParams params;
  params.t_us = t_us;
  params.e = e;
  params.kappa = 2;
  for (int i = 0; i < 120; ++i) {
    ElementwiseMeasurement one;
    one.from.source = "test";
    one.from.gpu = gpu;
    one.from.die = die_of(*find_gpu(gpu));
    one.from.file = "norms.csv";
    one.from.line = i + 2;
    one.shape = {ElementwiseKind::kNorm, 1000.0 * (i + 1) * (i + 1) * (i + 1)};
    one.seconds = elementwise_seconds(one.shape, *find_gpu(gpu), params);
    rows.push_back(one);
  }
  return rows;
}

std::vector<ElementwiseMeasurement> two_boards() {
  auto rows = norms("h100-sxm", 3, 0.6);
  const auto others = norms("a100-80gb-sxm", 4, 0.5);
  rows.insert(rows.end(), others.begin(), others.end());
  return rows;
}

double value_of(const std::vector<CalibratedParam>& params, std::string_view name) {
  for (const auto& param : params)
    if (param.name == name) return param.value;
  FAIL("no parameter " << name);
  return 0;
}

TEST_CASE("boards that follow the model are recovered", "[calibrate]") {
  const auto rows = two_boards();
  const auto fits = fit_all(rows);
  REQUIRE(fits.size() == 1);
  CHECK(fits[0].kernel == "elementwise/norm");
  REQUIRE(fits[0].boards.size() == 2);
  CHECK(fits[0].boards[0].gpu->name == "a100-80gb-sxm");
  CHECK(value_of(fits[0].boards[0].params, "t_us") == Approx(4).epsilon(0.01));
  CHECK(value_of(fits[0].boards[1].params, "t_us") == Approx(3).epsilon(0.01));
  CHECK(value_of(fits[0].boards[1].params, "e") == Approx(0.6).epsilon(0.01));
  // For a board of neither: the geometric mean, sqrt(3 x 4).
  CHECK(value_of(fits[0].generic, "t_us") == Approx(3.464).epsilon(0.02));
  REQUIRE(fits[0].range.size() == 1);
  CHECK(fits[0].range[0].low == 1000);
}

TEST_CASE("a die that is left out is predicted from the others alone", "[calibrate]") {
  const auto rows = two_boards();
  const auto fits = fit_all(rows);
  // The smallest norm is the launch: 3 us on one board are predicted as the 4 us of the other.
  for (const auto& row : fits[0].rows) {
    if (row.from->line != 2) continue;
    CHECK(row.in_sample == Approx(1).epsilon(0.01));
    CHECK(row.shape_out == Approx(1).epsilon(0.02));
    CHECK(row.die_out == Approx(row.from->gpu == "h100-sxm" ? 4.0 / 3 : 3.0 / 4).epsilon(0.02));
  }
}

TEST_CASE("rows that say why not are predicted but not fitted", "[calibrate]") {
  auto rows = norms("h100-sxm", 3, 0.6);
  for (std::size_t i = 0; i < 20; ++i) {
    rows[i].seconds *= 100;
    if (i % 2 == 0) rows[i].from.excluded = "a cat on the keyboard";
    if (i % 2 == 1) rows[i].from.timing = Timing::kEvent;
  }
  const auto fits = fit_all(rows);
  CHECK(value_of(fits[0].boards[0].params, "t_us") == Approx(3).epsilon(0.02));
  const auto errors = errors_by_board(fits);
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].rows == 100);
  CHECK(errors[0].in_sample.median < 0.01);
  const auto excluded = exclusions(fits);
  REQUIRE(excluded.size() == 2);
  CHECK(excluded[0].reason == "test: a cat on the keyboard");
  CHECK(excluded[0].rows == 10);
  CHECK(excluded[0].of == 120);
  CHECK(excluded[0].excluded->median == Approx(0.99).epsilon(0.01));  // |1/100 - 1|
  CHECK(excluded[1].reason == "test: timed with its launch");
}

TEST_CASE("the same rows give the same files", "[calibrate]") {
  const auto rows = two_boards();
  const auto files = [&] {
    std::string text;
    for (const auto& one : calibrations_of(fit_all(rows))) text += calibration_yaml(one);
    return text;
  };
  const std::string first = files();
  CHECK(first == files());
  CHECK(first.find("gpu: generic") != std::string::npos);
}

TEST_CASE("few rows keep the shape of the calibration they start from", "[calibrate]") {
  // 24 GEMMs of a board with half of the arithmetic that the prior says.
  KernelCalibration prior{"gemm", "bf16", "current", {}, {}, {}};
  for (const auto& field : fields_of<GemmParams>())
    prior.params.push_back({std::string(field.name), GemmParams{}.*field.member, 0});
  const Calibration start{"generic", "", {prior}};
  GemmParams truth;
  truth.e_c = 0.4;
  std::vector<GemmMeasurement> rows;
  for (int i = 0; i < 24; ++i) {
    GemmMeasurement one;
    one.from.source = "test";
    one.from.gpu = "h100-sxm";
    one.from.die = "GH100";
    one.type = "bf16";
    one.shape = {64.0 * (i + 1), 4096, 4096};
    one.seconds = gemm_seconds(one.shape, *find_gpu("h100-sxm"), truth);
    rows.push_back(one);
  }
  SetOptions options;
  options.prior = &start;
  const auto fits = fit_all(rows, options);
  CHECK(value_of(fits[0].boards[0].params, "e_c") == Approx(0.4).epsilon(0.02));
  CHECK(value_of(fits[0].boards[0].params, "k0") == GemmParams{}.k0);
  CHECK(fits[0].free_parameters == 2);
}

}  // namespace
}  // namespace headroom
