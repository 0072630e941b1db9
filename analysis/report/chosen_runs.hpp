// analysis/report/chosen_runs.hpp -- which runs a report looks at more closely than the rest: those
// that are compared when it is opened, and those whose time series are worth a simulation.
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/report/report_data.hpp"

namespace headroom {

// At most `most` finished runs, as places in data.runs. First those on the Pareto front of output
// throughput and 99th percentile of TTFT, in such an order that the first few are spread over it;
// then the others in their order.
std::vector<std::size_t> chosen_runs(const ReportData& data, std::size_t most);

}  // namespace headroom
