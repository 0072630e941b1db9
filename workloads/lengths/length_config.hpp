// workloads/lengths/length_config.hpp -- `prompt_tokens:`, `output_tokens:` and `lengths:` of a
// workload.
//   256                                                       every request has that many
//   {distribution: fixed, value: 256}
//   {distribution: uniform, min: 1, max: 100}
//   {distribution: lognormal, mean: 1024, stddev: 800, max: 8192}    max may be left out
//   {distribution: empirical, format: vidur, path: ...}       the column of that trace, drawn with
//                                                             replacement
//   {distribution: mtbench}, ...                              named_prompt_lengths(),
//                                                             named_output_lengths()
//   lengths: {distribution: empirical, format: ..., path: ...}  prompt and output of one row
//                                                             together, drawn with replacement
// Files are read when the requests are drawn, not when the scenario is loaded.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/config/map_reader.hpp"
#include "workloads/lengths/length_distribution.hpp"
#include "workloads/trace/trace_spec.hpp"

namespace headroom {

enum class LengthRole { kPrompt, kOutput };

struct LengthSpec {
  LengthDistribution distribution;
  LengthRole role = LengthRole::kPrompt;
  std::optional<TraceSpec> trace;  // the distribution is that of this file's column
};

struct LengthPair {
  std::int32_t prompt_tokens, output_tokens;
};

// Reads parent's key "prompt_tokens" or "output_tokens", which must be there. Problems go to the
// reader's diagnostics.
LengthSpec length_from_config(MapReader& parent, LengthRole role);
// Reads parent's key "lengths", which must be there.
TraceSpec length_pairs_from_config(MapReader& parent);

// Reads the file if there is one. Throws ConfigError for a broken trace.
LengthDistribution resolve(const LengthSpec& spec);
std::vector<LengthPair> read_length_pairs(const TraceSpec& trace);

std::string_view key_of(LengthRole role);  // "prompt_tokens", "output_tokens"

}  // namespace headroom
