// sim/record/metric_columns.hpp -- the one list of metric names: columns of run_metric, and
// everywhere else they are named.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/record/run_record.hpp"
#include "sim/record/table.hpp"

namespace headroom {

struct NamedMetric {
  std::string name;  // "ttft_p99_s"
  Cell value;        // absent: there was nothing to measure
};

// In the order of the columns of run_metric, run_id left out.
std::vector<NamedMetric> metric_columns(const RunMetrics& metrics);

}  // namespace headroom
