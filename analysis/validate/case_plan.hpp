// analysis/validate/case_plan.hpp -- a case and its data as a list of things to predict.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analysis/validate/validation_case.hpp"
#include "hwmodels/measured/data_table.hpp"

namespace headroom {

struct PlannedRow {
  std::int64_t line = 0;
  RowUse use = RowUse::kHeld;
  std::string why;    // it is excluded
  std::string label;  // "OPT-30B, int4, 48"
  std::string metric;
  double measured = 0;
  std::string scenario;                // YAML with the row's columns filled in
  std::vector<std::string> overrides;  // without the efficiency
  SourcePosition where;                // of the row in the case file, for messages
};

// In the order of the file. Throws ConfigError, at positions of the case file, for columns that the
// data lacks, listed lines that `where` does not select, selected lines that are not listed, and
// measured values that are no positive numbers.
std::vector<PlannedRow> plan_case(const ValidationCase& validation, const DataTable& data);

// "$name" replaced by the row's value where `data` has a column of that name; other text stays.
std::string with_columns(std::string_view text, const DataTable& data, const DataRow& row);

}  // namespace headroom
