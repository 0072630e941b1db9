// analysis/metrics/request_rows.hpp -- outcomes and thresholds as rows of the database.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/serving/request.hpp"
#include "sim/serving/slo.hpp"

namespace headroom {

// The row points into `classes`, which must outlive it. For RunWriter::requests: a row exists only
// while it is written.
RequestRow request_row(std::int64_t request_id, const RequestOutcome& outcome,
                       std::span<const std::string> classes);

// One row per class that is judged. `slo_of_class` as slo_of_classes() gives it.
std::vector<SloRow> slo_rows(std::span<const std::string> classes,
                             std::span<const std::optional<Slo>> slo_of_class);

}  // namespace headroom
