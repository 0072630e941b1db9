// sim/app/ops_report.hpp -- the operators of an iteration, printed.
#pragma once

#include "hwmodels/compute/ops_table.hpp"
#include "sim/app/standard_output.hpp"

namespace headroom {

// JSON: {iteration_s, ops: [{name, count, flops, hbm_bytes, comm_bytes, time_s, bound, ...}]};
// amounts and times are those of one instance on one rank. Table and CSV: the same rows, the table
// with the iteration's time below.
void print_ops(const OpsTable& table, OutputFormat format);

}  // namespace headroom
