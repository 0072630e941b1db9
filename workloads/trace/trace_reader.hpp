// workloads/trace/trace_reader.hpp -- a trace file to a table of requests, streaming: of the text
// only one buffer is held.
//
// Broken rows: anything but numbers where numbers belong, NaN, negative numbers, zero tokens,
// numbers that are too large, a wrong number of fields, broken quotes or JSON, a blank line between
// rows, hash ids that do not cover the prompt, and an arrival before that of the row above (equal
// is fine; rows are never sorted, because a clock that runs backwards says that the file is not
// what it seems). They are errors at file:line:column, the first ten of them at once, or are
// skipped and counted with `skip_bad_rows`. A file that cannot be read to its end is an error in
// any case. Rows after the last one that is wanted (`limit`, `window.until`) are not read. BurstGPT
// rows without a response are failures of the traced service: skipped and counted in `failed_rows`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sim/serving/request.hpp"
#include "workloads/trace/trace_spec.hpp"

namespace headroom {

// Throws ConfigError. Never returns an empty table: a selection without any row is an error.
RequestTable read_trace(const TraceSpec& spec);
// The same for a text in memory instead of the file `spec.path`.
RequestTable read_trace_text(const TraceSpec& spec, std::string_view text);
// Opens the file and checks its header only; throws ConfigError.
void check_trace_header(const TraceSpec& spec);

// Why prefix ids that stand for `hash_block_tokens` tokens each cannot be used with KV blocks of
// `block_size` tokens, or nothing if they can: a KV block must lie within the tokens of one id. 0
// hash_block_tokens (no ids) go with any block.
std::optional<std::string> prefix_ids_problem(std::int32_t hash_block_tokens,
                                              std::int64_t block_size);

}  // namespace headroom
