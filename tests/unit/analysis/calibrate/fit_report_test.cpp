#include "analysis/calibrate/fit_report.hpp"

#include <catch2/catch.hpp>

namespace headroom {
namespace {

// A set of ten rows whose ratios are 0.95, 0.96, ..., 1.04.
struct TenRows {
  TenRows() {
    from.source = "vidur";
    from.gpu = "h100-sxm";
    from.file = "mlp.csv";
    from.line = 7;
    fit.kernel = "gemm";
    fit.type = "bf16";
    fit.generation = "2023";
    for (int i = 0; i < 10; ++i) {
      PredictedRow row{&from, ">= 64 tokens", 1e-3, i == 9};
      row.in_sample = 0.95 + 0.01 * i;
      row.shape_out = 1.1;
      fit.rows.push_back(row);
    }
  }
  Provenance from;
  SetFit fit;
};

TEST_CASE("errors of a group are shares of what was measured", "[calibrate]") {
  const TenRows ten;
  const auto errors = errors_by_board({ten.fit});
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].group == "gemm bf16 2023");
  CHECK(errors[0].rows == 10);
  // Sorted errors: 0, .01, .01, .02, .02, .03, .03, .04, .04, .05; the sixth and the tenth.
  CHECK(errors[0].in_sample.median == Approx(0.03));
  CHECK(errors[0].in_sample.p90 == Approx(0.05));
  CHECK(errors[0].bias == Approx(0).margin(1e-9));  // the sixth ratio
  CHECK(errors[0].worst == Approx(0.05));
  CHECK(errors[0].worst_row == "mlp.csv:7");
  CHECK(errors[0].shape_out->median == Approx(0.1));
  CHECK_FALSE(errors[0].die_out);
  CHECK(errors[0].at_floor == 1);
}

TEST_CASE("pools leave out what their name says and nothing else", "[calibrate]") {
  TenRows ten;
  const auto pooled = pooled_gemm_errors({ten.fit});
  REQUIRE(pooled.size() == 3);
  CHECK(pooled[0].group == "all rows");
  CHECK(pooled[0].rows == 10);
  CHECK(pooled[2].group == "kernel slower than host");
  CHECK(pooled[2].rows == 9);
  ten.from.source = "frontier";
  CHECK(pooled_gemm_errors({ten.fit}).empty());
}

}  // namespace
}  // namespace headroom
