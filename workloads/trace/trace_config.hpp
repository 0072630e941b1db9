// workloads/trace/trace_config.hpp -- reads the map that names a trace:
//   format:      azure | mooncake | vidur | burstgpt | llmservingsim | csv
//   path:        plain or gzip
//   columns:     csv only: {arrival: {column: t, unit: s|ms|us|ns}, prompt_tokens: c,
//   output_tokens: c, class: c, priority: c} on_bad_row:  error (default) | skip offset, window
//   {from, until}, limit, rate_scale, rebase: see TraceSpec
#pragma once

#include "sim/config/map_reader.hpp"
#include "workloads/trace/trace_spec.hpp"

namespace headroom {

// What is wanted of a trace. In kLengths, keys about arrivals (window, rate_scale, rebase) are
// errors.
enum class TraceUse { kReplay, kLengths };

// Reads every key but does not call finish(): the map may hold more (a distribution's name). Also
// opens the file and checks its header, unless the reader may not read files. Errors go to the
// reader's diagnostics.
TraceSpec trace_from_config(MapReader& reader, TraceUse use);

}  // namespace headroom
