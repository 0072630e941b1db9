// analysis/limits/limit_rows.hpp -- limits as rows for people, JSON and the database.
#pragma once

#include <vector>

#include "analysis/limits/limits.hpp"
#include "hwmodels/compute/op_time_model.hpp"

namespace headroom {

std::vector<LimitRow> limit_rows(const LimitsInput& input, const Limits& limits,
                                 const OpTimeModel& roofline);

}  // namespace headroom
