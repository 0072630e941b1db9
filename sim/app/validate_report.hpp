// sim/app/validate_report.hpp -- what `headroom validate` prints.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "analysis/validate/comparison.hpp"

namespace headroom {

// Cases whose data are not there.
struct SkippedCase {
  std::string case_name, why;
};

// Rows, summaries, exclusions and skipped cases, for people.
std::string validation_text(std::span<const Comparison> rows, std::span<const SkippedCase> skipped);

// An array with one object per group: group, n, median_ape, mean_ape, p90_ape, bias, within_1_35x,
// worst{case, line, row, metric, predicted, measured, ape}, spearman over all compared rows; the
// same figures of the rows that something was fitted on (in_sample) and of those that nothing was
// fitted on (left_out); excluded [{why, rows}] and rows [...].
std::string validation_json(std::span<const Comparison> rows);

}  // namespace headroom
