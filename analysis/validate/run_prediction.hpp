// analysis/validate/run_prediction.hpp -- the numbers of a run that a measured value can be
// compared with, by name.
//
// Every numeric column of run_metric has its name here, and so have
//   prefill_tokens_per_s   prompt tokens of one request / mean TTFT: what systems that serve one
//                          request at a time print as prefill throughput
//   decode_tokens_per_s    1 / mean TPOT: their decode throughput
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/record/run_record.hpp"

namespace headroom {

// Absent when the run did not measure it. Pre: is_prediction(name).
std::optional<double> prediction(const RunMetrics& metrics, std::string_view name);
bool is_prediction(std::string_view name);
const std::vector<std::string>& prediction_names();

// A rate counts up with an efficiency, a time counts down.
bool is_rate(std::string_view name);  // "..._per_s"

}  // namespace headroom
