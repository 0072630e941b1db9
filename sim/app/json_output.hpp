// sim/app/json_output.hpp -- results as JSON objects. The keys are an interface (README,
// "Machine-readable output"): none is renamed or removed once shipped. What was not measured is
// null.
#pragma once

#include <span>
#include <string>

#include "hwmodels/compute/ops_table.hpp"
#include "sim/app/run_report.hpp"
#include "sim/record/run_record.hpp"
#include "sim/record/table.hpp"

namespace headroom {

std::string run_json(const RecordedRun& recorded);
// {name, means: [{metric, mean, half_width_95, runs}], runs: [as run_json]}
std::string seeds_json(std::span<const RecordedRun> recorded);
// {iteration_s, ops: [...]}: amounts and times of one instance on one rank.
std::string ops_json(const OpsTable& ops);
// {limits: [...], capacity: [...], warnings: [...]}; `capacity` has a column per key.
std::string limits_json(std::span<const LimitRow> limits, const Table& capacity,
                        std::span<const std::string> warnings);

}  // namespace headroom
