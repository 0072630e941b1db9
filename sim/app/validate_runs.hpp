// sim/app/validate_runs.hpp -- the rows of cases as predictions: each is a run in a process of its
// own.
#pragma once

#include <vector>

#include "analysis/validate/case_plan.hpp"
#include "analysis/validate/comparison.hpp"
#include "analysis/validate/validation_case.hpp"

namespace headroom {

struct PlannedCase {
  ValidationCase validation;
  std::vector<PlannedRow> rows;
};

// One comparison per row of every case, in order. A row that cannot be run (its memory is too
// small) is kept, without a prediction and with the reason. Throws ConfigError, at positions of the
// case files, for every row whose scenario is wrong.
std::vector<Comparison> compare_rows(const std::vector<PlannedCase>& cases);

struct FitResult {
  double efficiency = 1;
  bool has_converged = false;
};
// Finds the efficiency of the case by running its fitted rows. Pre: it has an efficiency and a row
// to fit it on.
FitResult fit_efficiency(const PlannedCase& planned);

}  // namespace headroom
