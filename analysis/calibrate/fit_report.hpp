// analysis/calibrate/fit_report.hpp -- what came of fitting: calibration files, and tables of
// errors that leave nothing out. APE is |predicted / measured - 1|.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/calibrate/kernel_set.hpp"
#include "hwmodels/calibration/calibration.hpp"

namespace headroom {

// The date of the models' form, which stands in the files: not today's, so that the same data give
// the same files.
inline constexpr std::string_view kModelDate = "2026-11-21";

// One per board, sorted by name, then "generic". A class that several sets describe (bands,
// sources) is one entry.
std::vector<Calibration> calibrations_of(const std::vector<SetFit>& fits,
                                         const std::string& date = std::string(kModelDate));

struct Ape {
  double median = 0, p90 = 0;
};

// Errors of a group of rows.
struct GroupError {
  std::string group;   // "gemm bf16 current"
  std::string gpu;     // "" where boards are pooled
  std::string source;  // "" where sources are pooled
  std::string band;
  std::int64_t rows = 0, l2_resident = 0, at_floor = 0;
  Ape in_sample;
  double bias = 0;  // median of predicted / measured - 1
  double worst = 0;
  std::string worst_row;  // FILE:LINE
  std::optional<Ape> shape_out, die_out;
};

// Rows that no fit saw, by reason, and the error of the group with them.
struct ExcludedRows {
  std::string group, reason;
  std::int64_t rows = 0, of = 0;
  std::optional<Ape> excluded;  // of these rows alone, where there is a prediction
  std::optional<Ape> with_them;
};

std::vector<GroupError> errors_by_board(const std::vector<SetFit>& fits);
// GEMM rows of Vidur, aiconfigurator and LLMCompass together, per band; once with all of them, once
// without what the L2 held, once without rows that show the host's time.
std::vector<GroupError> pooled_gemm_errors(const std::vector<SetFit>& fits);
std::vector<ExcludedRows> exclusions(const std::vector<SetFit>& fits);

}  // namespace headroom
