// analysis/validate/validation_tables.hpp -- comparisons and summaries as rows with named columns.
#pragma once

#include <span>

#include "analysis/validate/comparison.hpp"
#include "sim/record/table.hpp"

namespace headroom {

// One row per row of the data: case, line, row, metric, use, measured, predicted, ratio, ape,
// efficiency, why. What --format csv prints.
Table comparison_table(std::span<const Comparison> rows);
// One row per group and kind of rows (fit, held, all): group, rows, n, median_ape, mean_ape,
// p90_ape, within_1_35x, bias, spearman, worst_ape, worst.
Table summary_table(std::span<const GroupSummary> groups);
// group, rows, why.
Table exclusion_table(std::span<const GroupSummary> groups);

}  // namespace headroom
