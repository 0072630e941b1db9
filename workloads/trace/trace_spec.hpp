// workloads/trace/trace_spec.hpp -- which trace to replay and which part of it: the `trace:` map of
// a workload, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "sim/base/diagnostic.hpp"
#include "sim/base/units.hpp"

namespace headroom {

// azure          CSV  TIMESTAMP (date-time, 2023 and 2024 spelling), ContextTokens, GeneratedTokens
// mooncake       JSON lines: timestamp (ms), input_length, output_length, hash_ids (one per 512
// prompt tokens) vidur          CSV  arrived_at (s), num_prefill_tokens, num_decode_tokens; the
// first may be missing (lengths only) burstgpt       CSV  Timestamp (s), Request tokens, Response
// tokens; both generations of its header llmservingsim  CSV  arrival_time_ns, input_toks,
// output_toks; or JSON lines with the same names csv            CSV  with the columns that
// ColumnMap names Sources: Azure/AzurePublicDataset, kvcache-ai/Mooncake, microsoft/vidur,
// HPMLL/BurstGPT, casys-kaist/LLMServingSim.
enum class TraceFormat { kAzure, kMooncake, kVidur, kBurstGpt, kLlmServingSim, kCsv };

// How many digits after the point of a time in this unit are nanoseconds.
enum class TimeUnit { kSeconds = 9, kMilliseconds = 6, kMicroseconds = 3, kNanoseconds = 0 };

// Format csv: the names in the header. An empty `arrival` means that the file has lengths only.
struct ColumnMap {
  std::string arrival;
  TimeUnit arrival_unit = TimeUnit::kSeconds;
  std::string prompt_tokens, output_tokens;
  std::string request_class, priority;  // empty: none
};

struct TraceSpec {
  TraceFormat format = TraceFormat::kCsv;
  std::string path;      // to open
  std::string shown_as;  // the path as the user wrote it, for messages
  SourcePosition
      where;  // of the path in the scenario: errors about the file as a whole are placed there
  ColumnMap columns;  // format csv only

  bool read_arrivals = true;  // false: lengths only, in file order, all arrivals 0 (they are
                              // synthetic, or not wanted)
  bool skip_bad_rows = false;
  // Time 0 is the arrival of the first good row of the file. Otherwise the file's own zero. Always
  // so for azure.
  bool rebase = false;

  // Applied in this order. `offset` and `limit` count good rows.
  std::int64_t offset = 0;
  // Arrivals in [from, until); `from` becomes time 0. Without a `from`, an offset makes the first
  // kept row time 0.
  std::optional<Seconds> window_from, window_until;
  std::optional<std::int64_t> limit;
  double rate_scale = 1.0;  // 1.5: one and a half times the rate, times divided by 1.5
};

// Bounds that keep sums of tokens in 32 bits and sums of times in 64.
inline constexpr std::int64_t kMaxRowTokens = 1'000'000'000;
inline constexpr std::int64_t kMaxRequests = 100'000'000;
inline constexpr std::int64_t kMaxArrivalNs = 315'576'000'000'000'000;  // ten years
// Tokens that one id of a Mooncake trace stands for. Not in the file: kvcache-ai/Mooncake,
// FAST25-release.
inline constexpr std::int32_t kMooncakeBlockTokens = 512;

}  // namespace headroom
